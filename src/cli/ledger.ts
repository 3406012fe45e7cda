import type { Command } from "commander";

export function addLedgerCommand(program: Command): void {
  program.command("ledger").description("evidence");
}
