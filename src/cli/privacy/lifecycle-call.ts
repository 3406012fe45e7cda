// Lifecycle commands: done by the cell where one runs, and on its state where none does. The ledger's lock decides.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type AdminAction, adminActions } from "../../privacy/index.ts";
import { lookUp, type Policy } from "../../config/index.ts";
import { isLocked, UnusableInputError } from "../../disk/index.ts";
import {
  adminTokenFile,
  ledgerDirectory,
  locateCell,
  type LocatedCell,
  lookAtState,
  openRecord,
  readAdminAddress,
  readText,
} from "../../cell/index.ts";
import { askCell } from "./admin-client.ts";
import { requireKnown } from "../terminal/known-name.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

export interface CellFlags {
  readonly config: string;
  readonly cell?: string;
  readonly json?: boolean;
}

/** An admin action, and what it is given; members that are undefined are left out. */
type Asked = Pick<AdminAction, "method" | "path"> & { readonly input: Readonly<Record<string, unknown>> };

export function addCellOptions(command: Command): Command {
  return command
    .requiredOption("--config <file>", "the cell file")
    .option("--cell <name>", "the cell of the policy, where the cell file does not say")
    .option("--json", "print the result as JSON");
}

/** Resolves with what the action resolves with, and says on stderr which way was taken. */
export async function call<Output>(
  terminal: Terminal,
  { config, cell }: CellFlags,
  { input, ...action }: Asked,
): Promise<Output> {
  const place = locateCell({ file: resolve(config), wantedCell: cell ?? null });
  const { tenant, evenIfNotInPolicy, endpoint } = input;
  if (typeof tenant === "string" && evenIfNotInPolicy !== true) requireTenant(place.policy, tenant);
  if (typeof endpoint === "string") requireKnown(place.policy, "endpoint", endpoint);
  const members = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const asked = { ...action, input: members };
  const answer = await askRunning(terminal, place, asked);
  return (answer ?? (await workOnState(terminal, place, asked))) as Output;
}

/** The cell looks too, in the policy that it has in force. */
function requireTenant(policy: Policy, name: string): void {
  const found = lookUp(policy, "tenant", name);
  if (found.ok) return;
  throw new UnusableInputError([`${found.error}; of one that has left it, say \`--even-if-not-in-policy\``]);
}

async function askRunning(
  terminal: Terminal,
  { stateDirectory, cell }: LocatedCell,
  { input, ...action }: Asked,
): Promise<unknown> {
  // Without a lock the address is what a crash left, and whoever listens there now must not get the token.
  if (!isLocked(ledgerDirectory(stateDirectory))) return null;
  const url = readAdminAddress(stateDirectory);
  const tokenFile = adminTokenFile(stateDirectory);
  if (url === null || !existsSync(tokenFile)) return null;
  const token = readText("admin token", tokenFile).trimEnd();
  const answer = await askCell({ url, token }, action, input);
  if (answer !== null) terminal.note(`asked cell \`${cell.id}\`, which runs, at ${url}`);
  return answer;
}

async function workOnState(
  terminal: Terminal,
  place: LocatedCell,
  { method, path, input }: Asked,
): Promise<unknown> {
  const operation = adminActions.find((each) => each.path === path && each.method === method);
  if (operation === undefined) throw new TypeError(`there is no operation ${method} ${path}`);
  const told = (): void =>
    terminal.note(`cell \`${place.cell.id}\` does not run: opened its state in \`${place.stateDirectory}\``);
  if (operation.method === "GET") {
    return lookAtState(place, async (access) => {
      told();
      return operation.run(access, input);
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
