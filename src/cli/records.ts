import type { Command } from "commander";
import { exitCode } from "./exit-code.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { print, printJson } from "./output.ts";
import { formatTable } from "./table.ts";

interface Summary {
  readonly rid: string;
  readonly deletedOn: string;
  readonly subject: string;
  readonly bytes: number;
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
  addCellOptions(show).action(async (flags: CellFlags & { readonly request: string }) => {
    const input = { request: flags.request };
    const shown = await call<Shown>(flags, { method: "POST", path: "/admin/record" }, input);
    await (flags.json ? printJson(shown) : print(textOf(shown)));
    process.exitCode = exitCode.ok;
  });
}

function addList(records: Command): void {
  const list = records
    .command("list")
    .description("list a tenant's records")
    .requiredOption("--tenant <name>", "the tenant");
  addCellOptions(list).action(async (flags: CellFlags & { readonly tenant: string }) => {
    const input = { tenant: flags.tenant };
    const result = await call<{ readonly records: readonly Summary[] }>(
      flags,
      { method: "GET", path: "/admin/records" },
      input,
    );
    await (flags.json ? printJson(result) : print(tableOf(result.records)));
    process.exitCode = exitCode.ok;
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
