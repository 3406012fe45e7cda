// What an auditor does with a key: compute the commitments to given bytes again, and look for them in the log.
import { formatInstant } from "../../base/index.ts";
import { type DisclosedKey, openDisclosedKey, parseDisclosedKey } from "../../keys/index.ts";
import { parseEntry, type StoredDecision, type StoredOutcome } from "../../ledger/index.ts";
import type { PublishedLog } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { readBytes, readText } from "../../cell/index.ts";
import { openLogs } from "../ledger/ledger-directory.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface CheckOptions {
  readonly key: string;
  readonly request?: string;
  readonly answer?: string;
  readonly json?: boolean;
}

/** What the given bytes would have been committed to as; null where none were given. */
interface Commitments {
  readonly subject: string;
  readonly request: string | null;
  readonly answer: string | null;
}

interface Match {
  readonly what: "request" | "answer";
  readonly origin: string;
  readonly index: number;
  readonly ts: number;
  readonly rid: string;
}

export async function checkDisclosure(
  terminal: Terminal,
  directory: string,
  options: CheckOptions,
): Promise<ExitCode> {
  const wanted = commitmentsOf(options);
  let matchCount = 0;
  let underKey = 0;
  for (const log of await openLogs(terminal, directory)) {
    for await (const { match, isUnderKey } of look(log, wanted)) {
      if (isUnderKey) underKey++;
      if (match === null) continue;
      matchCount++;
      await (options.json ? terminal.printJson(match) : terminal.print(lineOf(match)));
    }
  }
  if (!options.json)
    await terminal.print(`${matchCount} matches, among ${underKey} decisions under ${wanted.subject}`);
  return matchCount > 0 ? exitCode.ok : exitCode.checkFailed;
}

function commitmentsOf({ key: file, request, answer }: CheckOptions): Commitments {
  if (request === undefined && answer === undefined) {
    throw new UnusableInputError(["nothing to check: give --request, --answer, or both"]);
  }
  const key = readKey(file);
  const commit = openDisclosedKey(key);
  return {
    subject: key.handle,
    request: request === undefined ? null : commit.commit("req/v1", readBytes("request", request)),
    answer: answer === undefined ? null : commit.commit("res/v1", readBytes("answer", answer)),
  };
}

function readKey(file: string): DisclosedKey {
  const key = parseDisclosedKey(readText("disclosed key", file));
  if (key.ok) return key.value;
  throw new UnusableInputError([`disclosed key \`${file}\`: ${key.error}`]);
}

interface Looked {
  readonly match: Match | null;
  /** A decision in the name of the key that was disclosed. */
  readonly isUnderKey: boolean;
}

async function* look(log: PublishedLog, wanted: Commitments): AsyncGenerator<Looked, void> {
  const checkpoint = await log.readCheckpoint();
  // Where a log was pruned there is nothing left to compare.
  if (checkpoint === null || !(await log.hasEntries())) return;
  const { origin, size } = checkpoint;
  for await (const { index, bytes } of log.readEntries(0, size - 1)) {
    const entry = parseEntry(bytes);
    if (!entry.ok || (entry.value.t !== "decision" && entry.value.t !== "outcome")) continue;
    const isUnderKey = entry.value.t === "decision" && entry.value.subject === wanted.subject;
    const what = matchOf(entry.value, wanted);
    const { ts, rid } = entry.value;
    yield { isUnderKey, match: what && { what, origin, index, ts, rid } };
  }
}

/** An outcome names no subject; that two keys make the same commitment does not happen. */
function matchOf(entry: StoredDecision | StoredOutcome, wanted: Commitments): Match["what"] | null {
  if (entry.t === "outcome") return entry.res !== null && entry.res === wanted.answer ? "answer" : null;
  return entry.req !== null && entry.req === wanted.request ? "request" : null;
}

function lineOf({ what, origin, index, ts, rid }: Match): string {
  return `${what}  ${origin}#${index}  ${formatInstant(ts)}  ${rid}`;
}
