import { exitCode } from "../terminal/exit-code.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { formatTable } from "../terminal/table.ts";
import { evenIfNotInPolicy } from "./target-options.ts";
import type { Command } from "../terminal/command.ts";

interface Summary {
  readonly rid: string;
  readonly deletedOn: string;
  readonly subject: string;
  readonly bytes: number;
}

interface NamedTenantFlags {
  readonly tenant: string;
  readonly evenIfNotInPolicy?: boolean;
}

interface Shown extends Summary {
  readonly request: string;
  readonly answer: string;
  readonly isComplete: boolean;
}

export function addRecordsCommand(program: Command): void {
  const records = program
    .command("records")
    .description("read the encrypted content records of tenants that the policy keeps them for");
  addShow(records);
  addList(records);
}

function addShow(records: Command): void {
  const show = records
    .command("show")
    .description("decrypt what one request asked and was answered; the ledger says so")
    .requiredOption("--request <id>", "the request, as `bailiwick-request-id` and the ledger name it");
  addCellOptions(show).runs(async (terminal, flags: CellFlags & { readonly request: string }) => {
    const input = { request: flags.request };
    const shown = await call<Shown>(terminal, flags, { method: "POST", path: "/admin/record", input });
    await (flags.json ? terminal.printJson(shown) : terminal.print(textOf(shown)));
    return exitCode.ok;
  });
}

function addList(records: Command): void {
  const list = records
    .command("list")
    .description("list a tenant's records")
    .requiredOption("--tenant <name>", "the tenant")
    .option(evenIfNotInPolicy.flags, evenIfNotInPolicy.help);
  addCellOptions(list).runs(async (terminal, flags: CellFlags & NamedTenantFlags) => {
    const { tenant, evenIfNotInPolicy: isTakenAsItIs } = flags;
    const input = { tenant, evenIfNotInPolicy: isTakenAsItIs };
    const result = await call<{ readonly records: readonly Summary[] }>(terminal, flags, {
      method: "GET",
      path: "/admin/records",
      input,
    });
    await (flags.json ? terminal.printJson(result) : terminal.print(tableOf(result.records)));
    return exitCode.ok;
  });
}

function textOf({ request, answer, isComplete }: Shown): string {
  return [request, answer, ...(isComplete ? [] : ["(the record breaks off here)"])].join("\n");
}

function tableOf(records: readonly Summary[]): string {
  if (records.length === 0) return "no records";
  return formatTable(
    ["request", "subject", "deleted on", "bytes"],
    records.map(({ rid, subject, deletedOn, bytes }) => [rid, subject, deletedOn, String(bytes)]),
  );
}
