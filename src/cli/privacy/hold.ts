import { InvalidArgumentError, Option } from "commander";
import { formatInstant, type InstantMs } from "../../base/index.ts";
import { holdReasons } from "../../privacy/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { parseAt } from "../terminal/flags.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { formatTable } from "../terminal/table.ts";
import { addTargetOptions, type TargetFlags, targetOf } from "./target-options.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

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
    .runs(async (terminal, flags: HoldFlags) => {
      const input = { ...targetOf(flags), reason: flags.reason, untilMs: flags.until };
      return tell(
        terminal,
        flags,
        await call(terminal, flags, { method: "POST", path: "/admin/holds", input }),
      );
    });
}

function addRelease(hold: Command): void {
  actCommand(hold, "release")
    .description("release a hold; one that was placed for another reason still stands")
    .runs(async (terminal, flags: HoldFlags) => {
      const input = { ...targetOf(flags), reason: flags.reason };
      return tell(
        terminal,
        flags,
        await call(terminal, flags, { method: "POST", path: "/admin/holds/release", input }),
      );
    });
}

function addList(hold: Command): void {
  addCellOptions(hold.command("list").description("list the holds that stand")).runs(
    async (terminal, flags: CellFlags) => {
      const result = await call<StandingHolds>(terminal, flags, {
        method: "GET",
        path: "/admin/holds",
        input: {},
      });
      await (flags.json ? terminal.printJson(result) : terminal.print(listOf(result)));
      return exitCode.ok;
    },
  );
}

function actCommand(hold: Command, name: string): Command {
  const reason = new Option("--reason <word>", "which duty").choices(holdReasons).makeOptionMandatory();
  return addCellOptions(addTargetOptions(hold.command(name)).addOption(reason));
}

async function tell(terminal: Terminal, { json }: HoldFlags, result: HoldResult): Promise<ExitCode> {
  const done = result.act === "place" ? "held" : "released";
  const lines = result.handles.map((handle) => `${done} ${handle} (${result.reason})`);
  await (json ? terminal.printJson(result) : terminal.print(lines.join("\n")));
  return exitCode.ok;
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
