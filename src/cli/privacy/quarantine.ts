import { formatInstant, type InstantMs } from "../../base/index.ts";
import { exitCode } from "../terminal/exit-code.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { formatTable } from "../terminal/table.ts";
import type { Command } from "../terminal/command.ts";

interface Listed {
  readonly endpoint: string;
  readonly sinceMs: InstantMs;
  readonly request: string | null;
  readonly reason: string | null;
}

interface Standing {
  readonly quarantines: readonly Listed[];
}

export function addQuarantineCommand(program: Command): void {
  const quarantine = program
    .command("quarantine")
    .description("endpoints that computed, or may compute, where the law does not allow it");
  addList(quarantine);
  addRelease(quarantine);
}

function addList(quarantine: Command): void {
  addCellOptions(quarantine.command("list").description("list the endpoints that wait for a release")).runs(
    async (terminal, flags: CellFlags) => {
      const result = await call<Standing>(terminal, flags, {
        method: "GET",
        path: "/admin/quarantines",
        input: {},
      });
      await (flags.json ? terminal.printJson(result) : terminal.print(listOf(result)));
      return exitCode.ok;
    },
  );
}

function addRelease(quarantine: Command): void {
  addCellOptions(quarantine.command("release"))
    .description("let an endpoint have requests again, on your responsibility; the ledger says so")
    .requiredOption("--endpoint <name>", "its name in the policy")
    .runs(async (terminal, flags: CellFlags & { readonly endpoint: string }) => {
      const input = { endpoint: flags.endpoint };
      const result = await call<Listed>(terminal, flags, {
        method: "POST",
        path: "/admin/quarantines/release",
        input,
      });
      await (flags.json ? terminal.printJson(result) : terminal.print(`released ${result.endpoint}`));
      return exitCode.ok;
    });
}

function listOf({ quarantines }: Standing): string {
  if (quarantines.length === 0) return "no quarantines";
  const table = formatTable(
    ["endpoint", "since", "reason", "request"],
    quarantines.map(({ endpoint, sinceMs, reason, request }) => [
      endpoint,
      formatInstant(sinceMs),
      reason ?? "",
      request ?? "",
    ]),
  );
  const isWatched = quarantines.some(({ reason }) => reason === "region_added");
  return isWatched ? `${table}\n\n${regionHint}` : table;
}

const regionHint =
  "region_added: `GET /admin/regions` names the region and what to do; a release alone holds until the provider is asked again";
