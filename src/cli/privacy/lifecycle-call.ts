// Lifecycle commands: done by the cell where one runs, and on its state where none does. The ledger's lock decides.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type AdminAction, adminActions } from "../../privacy/index.ts";
import { lookUp, type Policy } from "../../config/index.ts";
import { isLocked, UnusableInputError } from "../../disk/index.ts";
import {
  adminTokenFile,
  type CellRecord,
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
export async function call<Output>(terminal: Terminal, flags: CellFlags, asked: Asked): Promise<Output> {
  return withCell(terminal, flags, (cell) => cell.call<Output>(asked));
}

export interface CalledCell {
  readonly place: LocatedCell;
  call<Output>(asked: Asked): Promise<Output>;
  /** For whoever waits between two acts: others may open the state, and the cell may be started. The next act finds out. */
  release(): Promise<void>;
}

/** For several acts, one after the other: a cell that does not run is opened for the first, and closed after the last. */
export async function withCell<Value>(
  terminal: Terminal,
  { config, cell }: CellFlags,
  act: (cell: CalledCell) => Promise<Value>,
): Promise<Value> {
  const place = locateCell({ file: resolve(config), wantedCell: cell ?? null });
  const state = new OpenState(terminal, place);
  let hasTold = false;
  try {
    return await act({
      place,
      async call<Output>({ input, ...action }: Asked) {
        requireNames(place.policy, input);
        const members = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
        const asked = { ...action, input: members };
        const answered = state.isOpen ? null : await askRunning(place, asked);
        if (answered === null) return (await state.run(asked)) as Output;
        if (!hasTold) terminal.note(`asked cell \`${place.cell.id}\`, which runs, at ${answered.url}`);
        hasTold = true;
        return answered.answer as Output;
      },
      release: () => state.close(),
    });
  } finally {
    await state.close();
  }
}

function requireNames(policy: Policy, { tenant, evenIfNotInPolicy, endpoint }: Asked["input"]): void {
  if (typeof tenant === "string" && evenIfNotInPolicy !== true) requireTenant(policy, tenant);
  if (typeof endpoint === "string") requireKnown(policy, "endpoint", endpoint);
}

/** The cell looks too, in the policy that it has in force. */
function requireTenant(policy: Policy, name: string): void {
  const found = lookUp(policy, "tenant", name);
  if (found.ok) return;
  throw new UnusableInputError([`${found.error}; of one that has left it, say \`--even-if-not-in-policy\``]);
}

/** Null when no cell runs there. */
async function askRunning(
  { stateDirectory }: LocatedCell,
  { input, ...action }: Asked,
): Promise<{ readonly url: string; readonly answer: unknown } | null> {
  // Without a lock the address is what a crash left, and whoever listens there now must not get the token.
  if (!isLocked(ledgerDirectory(stateDirectory))) return null;
  const url = readAdminAddress(stateDirectory);
  const tokenFile = adminTokenFile(stateDirectory);
  if (url === null || !existsSync(tokenFile)) return null;
  const token = readText("admin token", tokenFile).trimEnd();
  const answer = await askCell({ url, token }, action, input);
  return answer === null ? null : { url, answer };
}

/** The state of a cell that does not run, locked while it is open. Owner: one command. */
class OpenState {
  readonly #terminal: Terminal;
  readonly #place: LocatedCell;
  #record: CellRecord | null = null;
  #hasTold = false;

  constructor(terminal: Terminal, place: LocatedCell) {
    this.#terminal = terminal;
    this.#place = place;
  }

  get isOpen(): boolean {
    return this.#record !== null;
  }

  async run({ method, path, input }: Asked): Promise<unknown> {
    const operation = adminActions.find((each) => each.path === path && each.method === method);
    if (operation === undefined) throw new TypeError(`there is no operation ${method} ${path}`);
    if (operation.method === "GET") {
      return lookAtState(this.#place, async (access) => {
        this.#tell();
        return operation.run(access, input);
      });
    }
    return operation.run(await this.#open(), input);
  }

  async close(): Promise<void> {
    const record = this.#record;
    this.#record = null;
    await record?.vault.close();
    await record?.ledger.close();
  }

  async #open(): Promise<CellRecord> {
    if (this.#record !== null) return this.#record;
    this.#record = await openRecord(this.#place);
    this.#tell();
    return this.#record;
  }

  #tell(): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    const { cell, stateDirectory } = this.#place;
    this.#terminal.note(`cell \`${cell.id}\` does not run: opened its state in \`${stateDirectory}\``);
  }
}
