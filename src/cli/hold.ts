import { type Command, InvalidArgumentError, Option } from "commander";
import { formatInstant, type InstantMs } from "../base/index.ts";
import { holdReasons } from "../gateway/index.ts";
import { exitCode } from "./exit-code.ts";
import { parseAt } from "./flags.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { print, printJson } from "./output.ts";
import { formatTable } from "./table.ts";
import { addTargetOptions, type TargetFlags, targetOf } from "./target-options.ts";

interface HoldFlags extends CellFlags, TargetFlags {
  readonly reason: string;
  readonly until?: InstantMs;
}

interface HoldResult {
  readonly act: "place" | "release";
  readonly reason: string;
  readonly handles: readonly string[];
}

interface StandingHolds {
  readonly holds: readonly {
    readonly handle: string;
    readonly reason: string;
    readonly untilMs: InstantMs | null;
  }[];
}

export function addHoldCommand(program: Command): void {
  const hold = program
    .command("hold")
    .description("keep a subject's keys and content records from being erased while a duty asks for them");
  addPlace(hold);
  addRelease(hold);
  addList(hold);
}

function addPlace(hold: Command): void {
  actCommand(hold, "place")
    .description("place a hold; it stands until it is released or its time is over")
    .option("--until <instant>", "when it ends by itself (default: never)", readInstant)
    .action(async (flags: HoldFlags) => {
      const input = { ...targetOf(flags), reason: flags.reason, untilMs: flags.until };
      await tell(flags, await call(flags, { method: "POST", path: "/admin/holds" }, input));
    });
}

function addRelease(hold: Command): void {
  actCommand(hold, "release")
    .description("release a hold; one that was placed for another reason still stands")
    .action(async (flags: HoldFlags) => {
      const input = { ...targetOf(flags), reason: flags.reason };
      await tell(flags, await call(flags, { method: "POST", path: "/admin/holds/release" }, input));
    });
}

function addList(hold: Command): void {
  addCellOptions(hold.command("list").description("list the holds that stand")).action(
    async (flags: CellFlags) => {
      const result = await call<StandingHolds>(flags, { method: "GET", path: "/admin/holds" }, {});
      await (flags.json ? printJson(result) : print(listOf(result)));
      process.exitCode = exitCode.ok;
    },
  );
}

function actCommand(hold: Command, name: string): Command {
  const reason = new Option("--reason <word>", "which duty").choices(holdReasons).makeOptionMandatory();
  return addCellOptions(addTargetOptions(hold.command(name)).addOption(reason));
}

async function tell({ json }: HoldFlags, result: HoldResult): Promise<void> {
  const done = result.act === "place" ? "held" : "released";
  const lines = result.handles.map((handle) => `${done} ${handle} (${result.reason})`);
  await (json ? printJson(result) : print(lines.join("\n")));
  process.exitCode = exitCode.ok;
}

function listOf({ holds }: StandingHolds): string {
  if (holds.length === 0) return "no holds";
  return formatTable(
    ["subject", "reason", "until"],
    holds.map(({ handle, reason, untilMs }) => [
      handle,
      reason,
      untilMs === null ? "it is released" : formatInstant(untilMs),
    ]),
  );
}

function readInstant(text: string): InstantMs {
  const instant = parseAt(text);
  if (instant > 0) return instant;
  throw new InvalidArgumentError("expected an instant after 1970.");
}
