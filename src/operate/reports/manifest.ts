// What signs a report: a note (C2SP signed-note) over the SHA-256 of each of its files, in the form that sha256sum reads.
import { fail, ok, type Result, toHex } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  formatNote,
  type NoteKey,
  type NoteSigner,
  parseNote,
  signNote,
  verifyNote,
} from "../../ledger/index.ts";

export const manifestName = "manifest";

const formatLine = "bailiwick report v1";

/** Hex, by path below the report's folder. */
export type Digests = ReadonlyMap<string, string>;

export function signManifest(digests: Digests, signer: NoteSigner): Uint8Array {
  const files = Array.from(digests, ([path, digest]) => `${digest}  ${path}\n`).toSorted((left, right) =>
    left.slice(66) < right.slice(66) ? -1 : 1,
  );
  const text = `${signer.key.name}\n${formatLine}\n${files.join("")}`;
  return formatNote({ text, signatures: [signNote(text, signer)] });
}

/** Signed by the key that it names in its first line, if that is one of `keys`. */
export function verifyManifest(bytes: Uint8Array, keys: readonly NoteKey[]): Result<Digests, string> {
  const note = parseNote(bytes);
  if (!note.ok) return note;
  const [name = "", format, ...lines] = note.value.text.slice(0, -1).split("\n");
  if (format !== formatLine) return fail(`its second line is not \`${formatLine}\``);
  const named = keys.filter((key) => key.name === name);
  if (named.length === 0) return fail(`the trust file has no line for the key \`${name}\``);
  const signers = verifyNote(note.value, named, verifyEd25519);
  if (!signers.ok) return signers;
  const digests = new Map<string, string>();
  for (const line of lines) {
    const [, digest = "", path = ""] = /^([0-9a-f]{64}) {2}([A-Za-z0-9_][A-Za-z0-9._/-]*)$/.exec(line) ?? [];
    if (path === "" || path.split("/").includes("..") || digests.has(path))
      return fail("a line is no digest of a file");
    digests.set(path, digest);
  }
  return ok(digests);
}

export function digestOf(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}
