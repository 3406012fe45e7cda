// Lifecycle commands: done by the cell where one runs, and on its state where none does. The ledger's lock decides.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { type Operation, operations } from "../gateway/index.ts";
import { isLocked } from "../store/index.ts";
import { adminTokenFile, readAdminAddress } from "./admin-address.ts";
import { askCell } from "./admin-client.ts";
import { ledgerDirectory, lookAtState, openRecord } from "./cell-record.ts";
import { readText } from "./file-text.ts";
import { type LocatedCell, locateCell } from "./loaded-cell.ts";
import { note } from "./output.ts";

export interface CellFlags {
  readonly config: string;
  readonly cell?: string;
  readonly json?: boolean;
}

type Input = Readonly<Record<string, unknown>>;

export function addCellOptions(command: Command): Command {
  return command
    .requiredOption("--config <file>", "the cell file")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .option("--json", "print the result as JSON");
}

/** What the operation resolves with; members of `input` that are undefined are left out. Says which way was taken. */
export async function call<Output>(
  { config, cell }: CellFlags,
  asked: Pick<Operation, "method" | "path">,
  input: Input,
): Promise<Output> {
  const place = locateCell({ file: resolve(config), wantedCell: cell ?? null });
  const members = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const answer = await askRunning(place, asked, members);
  return (answer ?? (await workOnState(place, asked, members))) as Output;
}

async function askRunning(
  { stateDirectory, cell }: LocatedCell,
  asked: Pick<Operation, "method" | "path">,
  input: Input,
): Promise<unknown> {
  // Else the address is what a crash left, and who listens there now must not get the token.
  if (!isLocked(ledgerDirectory(stateDirectory))) return null;
  const url = readAdminAddress(stateDirectory);
  const tokenFile = adminTokenFile(stateDirectory);
  if (url === null || !existsSync(tokenFile)) return null;
  const token = readText("admin token", tokenFile).trimEnd();
  const answer = await askCell({ url, token }, asked, input);
  if (answer !== null) note(`asked cell \`${cell.id}\`, which runs, at ${url}`);
  return answer;
}

async function workOnState(
  place: LocatedCell,
  { method, path }: Pick<Operation, "method" | "path">,
  input: Input,
): Promise<unknown> {
  const operation = operations.find((each) => each.path === path && each.method === method);
  if (operation === undefined) throw new TypeError(`there is no operation ${method} ${path}`);
  const told = (): void =>
    note(`cell \`${place.cell.id}\` does not run: opened its state in \`${place.stateDirectory}\``);
  if (operation.method === "GET") {
    return lookAtState(place, async (keeping) => {
      told();
      return operation.run(keeping, input);
    });
  }
  const record = await openRecord(place);
  told();
  try {
    return await operation.run(record, input);
  } finally {
    await record.vault.close();
    await record.ledger.close();
  }
}
