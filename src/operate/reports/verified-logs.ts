// A report is made from logs that verify, and from no others. Whoever opens it owns its state.
import { equalBytes } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type Checkpoint,
  type LedgerLogReport,
  type LogProblem,
  type LogReader,
  parseCheckpoint,
  parseNote,
  type Quorum,
  type TrustPolicy,
  verifyLedger,
  verifyNote,
} from "../../ledger/index.ts";

export interface VerifiedLog {
  readonly reader: LogReader;
  readonly checkpoint: Checkpoint;
  /** The signed note that was verified, byte for byte. */
  readonly note: Uint8Array;
  readonly cosigners: readonly string[];
  readonly isPruned: boolean;
  readonly absent: readonly string[];
}

/** A log does not verify, so nothing may be reported from it. */
export class UnverifiedLogError extends Error {
  readonly problems: readonly LogProblem[];

  constructor(problems: readonly LogProblem[], count: number) {
    const [first] = problems;
    super(
      `the ledger does not verify (${count} problems, the first: ${first?.path}: ${first?.reason}), so nothing is reported ` +
        "from it; `bailiwick ledger verify` names all of them",
    );
    this.name = "UnverifiedLogError";
    this.problems = problems;
  }
}

export interface LogsToVerify {
  readonly readers: readonly LogReader[];
  readonly trust: TrustPolicy;
  readonly onProgress?: (done: number, total: number) => void;
}

/** In the order of the readers. An export without its import is not a fault of a log, but a finding of its report. */
export async function verifiedLogs({
  readers,
  trust,
  onProgress,
}: LogsToVerify): Promise<readonly VerifiedLog[]> {
  const pinned = readers.map((reader) => new CheckpointReader(reader));
  const verification = { readers: pinned, trust, sha256, verifyEd25519 };
  const report = await verifyLedger(
    onProgress === undefined ? verification : { ...verification, onProgress },
  );
  const problems = report.logs.flatMap((log) => log.problems.filter(({ kind }) => kind !== "transfer"));
  const untold = report.logs.reduce((sum, log) => sum + log.problemCount - log.problems.length, 0);
  if (problems.length + untold > 0) throw new UnverifiedLogError(problems, problems.length + untold);
  return report.logs.map((log, at) => verifiedLog(log, pinned[at], trust));
}

function verifiedLog(
  { checkpoint, isPruned, absent }: LedgerLogReport,
  reader: CheckpointReader | undefined,
  trust: TrustPolicy,
): VerifiedLog {
  const note = checkpoint === null ? undefined : reader?.noteOf(checkpoint);
  if (checkpoint === null || reader === undefined || note === undefined) {
    throw new Error("a log verified without a checkpoint");
  }
  return { reader, checkpoint, note, cosigners: cosignersOf(note, trust), isPruned, absent };
}

/** Keeps every checkpoint that was read, for a log in use may have gone on by the time its proofs are made. */
class CheckpointReader implements LogReader {
  readonly #reader: LogReader;
  readonly #notes: Uint8Array[] = [];

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  async read(path: string): Promise<Uint8Array | null> {
    const bytes = await this.#reader.read(path);
    if (path === "checkpoint" && bytes !== null) this.#notes.push(bytes);
    return bytes;
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#reader.list(directory);
  }

  noteOf({ size, root }: Checkpoint): Uint8Array | undefined {
    return this.#notes.find((bytes) => {
      const note = parseNote(bytes);
      const stated = note.ok ? parseCheckpoint(note.value.text) : note;
      return stated.ok && stated.value.size === size && equalBytes(stated.value.root, root);
    });
  }
}

function cosignersOf(bytes: Uint8Array, { witnesses }: TrustPolicy): readonly string[] {
  const note = parseNote(bytes);
  const signers = note.ok ? verifyNote(note.value, witnesses, verifyEd25519) : note;
  return signers.ok ? Array.from(signers.value, ({ name }) => name) : [];
}

/** Says a quorum in words, for people: `1 of (acme.example/witness/FR/par, …)`. */
export function formatQuorum(quorum: Quorum): string {
  if (quorum.kind === "none") return "none";
  if (quorum.kind === "witness") return quorum.key.name;
  return `${quorum.least} of (${quorum.members.map(formatQuorum).join(", ")})`;
}
