// Verifies a whole log, from nothing but its files and a trust policy. Every hash is computed from the entries' bytes
// as they are stored; nothing is written out again to be hashed.
import { equalBytes, fail, type Result } from "../../base/index.ts";
import { BundleAudit } from "./bundle-audit.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import type { Sha256, VerifyEd25519 } from "../tree/digest.ts";
import type { Entry } from "../entry/entry.ts";
import { HistoryAudit, keptSizes } from "./history-audit.ts";
import { PartialDirectories } from "./leftover-audit.ts";
import { type LogProblem, ProblemList } from "./log-problem.ts";
import type { LogReader } from "./log-reader.ts";
import { type AuditedLog, TileAudit } from "./tile-audit.ts";
import { openTree, type TreeBuilder } from "../tree/tree.ts";
import { type TrustPolicy, verifyCheckpoint } from "../note/trust-policy.ts";

export interface LogVerification {
  readonly reader: LogReader;
  readonly trust: TrustPolicy;
  readonly sha256: Sha256;
  readonly verifyEd25519: VerifyEd25519;
  /** Entries checked so far, of how many. */
  readonly onProgress?: (checkedCount: number, size: number) => void;
  /** Each entry that fits its schema, in order; to be believed only if the report has no problem. */
  readonly onEntry?: (index: number, entry: Entry) => void;
}

export interface LogReport {
  /** What the log signed; null when there is none to believe, and then nothing else was looked at. */
  readonly checkpoint: Checkpoint | null;
  /** Entries that the tree was rebuilt from: all, unless a bundle and its tile are both beyond reading. */
  readonly entryCount: number;
  readonly tileCount: number;
  /** Kept checkpoints that were compared with the tree. */
  readonly checkpointCount: number;
  /** Permits in flight: not a fault while the log is in use; a log that was closed or recovered has none. */
  readonly openDecisionCount: number;
  /** None means that the log is what it says. The first thousand, in the order in which they were found. */
  readonly problems: readonly LogProblem[];
  readonly problemCount: number;
}

/** Never throws for what the files hold; rejects only if the reader does. */
export async function verifyLog(options: LogVerification): Promise<LogReport> {
  const problems = new ProblemList();
  const findings = await auditLog(options, problems);
  return { ...findings, problems: problems.kept, problemCount: problems.count };
}

/** A report without its problems, which are added to a list that others may add to. */
export type LogFindings = Omit<LogReport, "problems" | "problemCount">;

export async function auditLog(options: LogVerification, problems: ProblemList): Promise<LogFindings> {
  // The kept ones first: what was kept before cannot be larger than what is read after, unless the log was cut back.
  const sizes = await keptSizes(options.reader);
  const checkpoint = await readCheckpoint(options);
  if (checkpoint.ok) return new LogAudit(options, problems, { checkpoint: checkpoint.value, sizes }).run();
  problems.add("checkpoint", "checkpoint", checkpoint.error);
  return nothingRead(null);
}

/** What is known of a log whose entries were not looked at. */
export function nothingRead(checkpoint: Checkpoint | null): LogFindings {
  return { checkpoint, entryCount: 0, tileCount: 0, checkpointCount: 0, openDecisionCount: 0 };
}

interface SignedPast {
  readonly checkpoint: Checkpoint;
  readonly sizes: readonly number[];
}

/** One pass over the entries. All else is computed from them: root, tiles and kept checkpoints are only compared. */
class LogAudit {
  readonly #options: LogVerification;
  readonly #checkpoint: Checkpoint;
  readonly #problems: ProblemList;
  readonly #tree: TreeBuilder;
  readonly #bundles: BundleAudit;
  readonly #tiles: TileAudit;
  readonly #history: HistoryAudit;

  constructor(options: LogVerification, problems: ProblemList, { checkpoint, sizes }: SignedPast) {
    const { reader } = options;
    const partials = new PartialDirectories(reader);
    const log: AuditedLog = { reader, problems, partials, size: checkpoint.size };
    this.#options = options;
    this.#checkpoint = checkpoint;
    this.#problems = problems;
    this.#tree = openTree(options.sha256, 0, () => new Uint8Array());
    this.#bundles = new BundleAudit(log, { ...options, origin: checkpoint.origin });
    this.#tiles = new TileAudit(log);
    this.#history = new HistoryAudit(log, sizes, (bytes) => judgePast(options, bytes));
  }

  async run(): Promise<LogFindings> {
    const isWhole = await this.#rebuild();
    const isRootSigned = isWhole && equalBytes(this.#tree.root(), this.#checkpoint.root);
    if (isWhole && !isRootSigned) {
      this.#problems.add("root", "checkpoint", "the entries do not give the root that was signed");
    }
    // Only now is it known who is wrong where entries and tiles differ: whoever the signed root contradicts.
    await this.#tiles.finish(isRootSigned);
    await this.#bundles.finish();
    this.#history.finish(isRootSigned);
    await this.#history.checkRollback(() => this.#readCurrentSize());
    return {
      checkpoint: this.#checkpoint,
      entryCount: this.#tree.size,
      tileCount: this.#tiles.count,
      checkpointCount: this.#history.count,
      openDecisionCount: this.#bundles.openDecisionCount,
    };
  }

  /** False when it had to stop before the end. */
  async #rebuild(): Promise<boolean> {
    const { size } = this.#checkpoint;
    if (this.#history.isDue(this.#tree)) await this.#history.compare(this.#tree);
    while (this.#tree.size < size) {
      const leaves = await this.#bundles.readLeaves(this.#tree.size);
      if (leaves === null) return false;
      for (const leaf of leaves) {
        this.#tree.append(leaf);
        if (this.#history.isDue(this.#tree)) await this.#history.compare(this.#tree);
      }
      await this.#tiles.compare(this.#tree.takeTiles());
      this.#options.onProgress?.(this.#tree.size, size);
    }
    return true;
  }

  async #readCurrentSize(): Promise<number> {
    const current = await readCheckpoint(this.#options);
    return current.ok ? current.value.size : this.#checkpoint.size;
  }
}

/** The newest checkpoint, if it is signed as the policy asks. */
export async function readCheckpoint(
  options: Pick<LogVerification, "reader" | "trust" | "verifyEd25519">,
): Promise<Result<Checkpoint, string>> {
  const bytes = await options.reader.read("checkpoint");
  return bytes === null
    ? fail("it is missing")
    : verifyCheckpoint(bytes, options.trust, options.verifyEd25519);
}

/** A quorum is a demand on what is relied on now; whether a past checkpoint had one by then proves nothing. */
function judgePast({ trust, verifyEd25519 }: LogVerification, bytes: Uint8Array): Result<Checkpoint, string> {
  return verifyCheckpoint(bytes, { ...trust, quorum: { kind: "none" } }, verifyEd25519);
}
