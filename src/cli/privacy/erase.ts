import { Option } from "commander";
import { erasureGrounds } from "../../privacy/index.ts";
import { exitCode } from "../terminal/exit-code.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { addTargetOptions, type TargetFlags, targetOf } from "./target-options.ts";
import type { Command } from "../terminal/command.ts";

interface EraseFlags extends CellFlags, TargetFlags {
  readonly ground: string;
}

interface Erased {
  readonly ground: string;
  readonly erased: readonly string[];
}

export function addEraseCommand(program: Command): void {
  const erase = program
    .command("erase")
    .description(
      "destroy a subject's keys: what was recorded of it can be tied to nobody any more, and proofs stay valid",
    )
    .addOption(new Option("--ground <word>", "why").choices(erasureGrounds).makeOptionMandatory());
  addCellOptions(addTargetOptions(erase)).runs(async (terminal, flags: EraseFlags) => {
    const input = { ...targetOf(flags), ground: flags.ground };
    const result = await call<Erased>(terminal, flags, { method: "POST", path: "/admin/erasures", input });
    await (flags.json ? terminal.printJson(result) : terminal.print(toldTo(result)));
    return exitCode.ok;
  });
}

function toldTo({ ground, erased }: Erased): string {
  return [
    ...erased.map((handle) => `erased ${handle} (${ground})`),
    "Their commitments and content records cannot be tied to anyone or opened any more.",
    "A backup of the vault from before now still holds these keys until it is destroyed: keep such backups for 30 days at",
    "most. A cell that is restored from one destroys them again at its start, since the ledger names them.",
  ].join("\n");
}
