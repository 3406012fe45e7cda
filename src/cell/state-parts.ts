// What a cell's state held when it last ran. A part that is gone since was taken away by somebody or something: making it
// anew in silence would hide that, and under a new key or an empty folder the old entries mean nothing any more.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { absentAsSync, UnusableInputError, writeText } from "../disk/index.ts";
import type { LocatedCell } from "./load/loaded-cell.ts";

/** Beside the parts, one a line. Whoever accepts that a part is lost takes its line out. */
const inventoryName = "parts";

/** What is made at a first start, or in use, and never again. */
const parts = [
  "vault/handle-key",
  "keys/admin-token",
  "keys/wrapping.key",
  "keys/witness.pem",
  "legal",
  "records",
  "files",
  "batches",
  "witness",
] as const;

/** A state whose inventory is missing too, or of an earlier build, and that has a ledger, has had these. */
const partsOfEveryCell = ["vault/handle-key", "keys/admin-token"] as const;

/** Throws, with a line for each part that is missing. To be called before anything of the state is opened. */
export function requireParts(place: Pick<LocatedCell, "stateDirectory" | "cellFile" | "trust">): void {
  const { stateDirectory } = place;
  const inventory = readInventory(stateDirectory);
  const required = (inventory ?? expectedParts(stateDirectory)).filter((part) => isUsed(part, place));
  const lines = required
    .filter((part) => !existsSync(join(stateDirectory, part)))
    .map((part) => missing(join(stateDirectory, part), inventory === null ? emptyInventory : takeOut, place));
  if (inventory?.includes("witness") === true && place.trust === null) {
    lines.push(missing("the trust file, by which this cell cosigns and is cosigned,", takeOut, place));
  }
  lines.push(...missingLogKey(stateDirectory));
  if (lines.length > 0) throw new UnusableInputError(lines);
}

/** To be called when everything has been opened. */
export function noteParts(stateDirectory: string): void {
  const present = parts.filter((part) => existsSync(join(stateDirectory, part)));
  writeText(join(stateDirectory, inventoryName), present.map((part) => `${part}\n`).join(""), 0o600);
}

function readInventory(stateDirectory: string): readonly string[] | null {
  const text = absentAsSync(() => readFileSync(join(stateDirectory, inventoryName), "utf8"), null);
  return text === null
    ? null
    : text.split("\n").filter((line) => (parts as readonly string[]).includes(line));
}

function expectedParts(stateDirectory: string): readonly string[] {
  return newestShard(stateDirectory) === null ? [] : partsOfEveryCell;
}

/** Another key service needs no wrapping key beside the vault. */
function isUsed(part: string, { cellFile }: Pick<LocatedCell, "cellFile">): boolean {
  return part !== "keys/wrapping.key" || cellFile.keys.service === "file";
}

const takeOut = (file: string): string => `take its line out of \`${file}\``;
const emptyInventory = (file: string): string => `make an empty file \`${file}\``;

function missing(
  subject: string,
  accept: (file: string) => string,
  { stateDirectory }: Pick<LocatedCell, "stateDirectory">,
): string {
  const named = subject.startsWith("/") ? `\`${subject}\`` : subject;
  return (
    `${named} is missing, and was there when the cell last ran: restore it from a backup; ` +
    `if it is lost for good, and what that means is understood, ${accept(join(stateDirectory, inventoryName))}`
  );
}

/** Without it nobody can continue the newest log, and with another one it would be another log under the same name. */
function missingLogKey(stateDirectory: string): readonly string[] {
  const shard = newestShard(stateDirectory);
  if (shard === null) return [];
  const file = join(stateDirectory, "keys", "log", `${shard}.pem`);
  if (existsSync(file)) return [];
  return [
    `\`${file}\` is missing, and the log of ${shard} is signed with it: restore it from a backup; ` +
      `if it is lost for good, keep the state to be verified, and go on under another name of the cell`,
  ];
}

/** Of those that were ever opened for writing; null in a cell that never ran. */
function newestShard(stateDirectory: string): string | null {
  const directory = join(stateDirectory, "ledger", "state");
  const shards = absentAsSync(() => readdirSync(directory), []);
  const opened = shards.filter((shard) => existsSync(join(directory, shard, "signed")));
  return opened.toSorted().at(-1) ?? null;
}
