// `bailiwick.lock`, beside a policy: which text of each pack and provider its author has seen. A line each, sorted:
// name, a space, SHA-256 of the file's UTF-8 bytes in lower-case hex. Lines that begin with `#` say what it is for.
//
// INVARIANT: with a lock, no other text of a law decides: the policy is refused until somebody has read what changed.
import { type Finding, type Problem, quote, toFindings } from "../yaml/finding.ts";
import type { LawText } from "./law-texts.ts";
import type { PackRecord } from "../values/policy.ts";

export interface LockSource {
  readonly file: string;
  readonly text: string;
}

const header = "# The packs of this policy and their SHA-256. `bailiwick packs lock` writes it anew.";

/** The text of the lock that pins these packs as they are. */
export function formatLock(packs: readonly PackRecord[]): string {
  const lines = packs.map(({ id, sha256 }) => `${id} ${sha256}`).toSorted();
  return [header, ...lines, ""].join("\n");
}

/** Name → SHA-256. */
export type Lock = ReadonlyMap<string, string>;

interface ReadLock {
  readonly lock: Lock;
  readonly findings: readonly Finding[];
}

const maxLines = 10_000;

export function readLock({ file, text }: LockSource): ReadLock {
  const lock = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/, maxLines).entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [, id, sha256] = /^((?:providers\/)?[a-z0-9-]{1,63}) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (id !== undefined && sha256 !== undefined && !lock.has(id)) {
      lock.set(id, sha256);
      continue;
    }
    const at = { line: index + 1, column: 1 };
    const found = id === undefined ? quote(line) : `${quote(id)} a second time`;
    problems.push({ at, path: [], found, expected: "each pack once, as `<name> <SHA-256>`" });
  }
  return { lock, findings: toFindings(file, problems) };
}

export function checkLock(lock: Lock, texts: readonly LawText[]): readonly Problem[] {
  return texts.flatMap(({ use, id, sha256 }) => {
    const locked = lock.get(id);
    if (locked === sha256) return [];
    const hint = "read what it says now, then run `bailiwick packs lock`";
    const found = `${quote(id)} with SHA-256 \`${sha256}\``;
    const expected = locked === undefined ? "a line for it in the lock" : `\`${locked}\`, as the lock says`;
    return [{ at: use.node.at, path: use.path, found, expected, hint }];
  });
}
