// Whoever opens it owns its state.
import { equalBytes, type Result } from "../../base/index.ts";
import { type Checkpoint, parseDecimal } from "../note/checkpoint.ts";
import type { LogReader } from "./log-reader.ts";
import type { AuditedLog } from "./tile-audit.ts";
import type { TreeBuilder } from "../tree/tree.ts";

/** Says whether the log signed these bytes; whether it was cosigned by then is no question to its past. */
export type JudgeCheckpoint = (bytes: Uint8Array) => Result<Checkpoint, string>;

const directory = "checkpoints";

/** Sizes of the checkpoints that a log has kept, smallest first. */
export async function keptSizes(reader: LogReader): Promise<number[]> {
  const names = await reader.list(directory);
  return names.flatMap((name) => parseDecimal(name) ?? []).toSorted((left, right) => left - right);
}

/** Compares every checkpoint that the log has kept with the tree that is being rebuilt. */
export class HistoryAudit {
  readonly #log: AuditedLog;
  readonly #judge: JudgeCheckpoint;
  readonly #sizes: readonly number[];
  /** Sizes at which another root was signed than the entries give. */
  readonly #contradictions: number[] = [];
  #next = 0;

  constructor(log: AuditedLog, sizes: readonly number[], judge: JudgeCheckpoint) {
    this.#log = log;
    this.#sizes = sizes;
    this.#judge = judge;
  }

  /** Checkpoints looked at so far. */
  get count(): number {
    return this.#next;
  }

  /** Whether a checkpoint of this size was kept, which {@link compare} must then see. Asked at every size, from 0 on. */
  isDue({ size }: TreeBuilder): boolean {
    return this.#sizes[this.#next] === size;
  }

  async compare(tree: TreeBuilder): Promise<void> {
    this.#next++;
    const kept = await this.#read(tree.size);
    if (kept !== null && !equalBytes(kept.root, tree.root())) this.#contradictions.push(tree.size);
  }

  /**
   * Where the entries give the signed root, each contradiction is a fork: the log signed two trees. Where they do
   * not, only the first tells something: what was changed lies before it.
   */
  finish(isRootSigned: boolean): void {
    const told = isRootSigned ? this.#contradictions : this.#contradictions.slice(0, 1);
    for (const size of told) {
      this.#log.problems.add(
        "history",
        pathOf(size),
        `the first ${size} entries do not give the root that it states`,
      );
    }
  }

  /** Checkpoints of a larger tree than the present one: the log was cut back, unless it has grown while we read. */
  async checkRollback(readCurrentSize: () => Promise<number>): Promise<void> {
    const larger = this.#sizes.filter((size) => size > this.#log.size);
    if (larger.length === 0) return;
    const currentSize = await readCurrentSize();
    for (const size of larger.filter((size) => size > currentSize)) {
      if ((await this.#read(size)) === null) continue;
      const reason = `the log signed ${size} entries, and its checkpoint states ${currentSize}`;
      this.#log.problems.add("rollback", pathOf(size), reason);
    }
  }

  async #read(size: number): Promise<Checkpoint | null> {
    const bytes = (await this.#log.reader.read(pathOf(size))) ?? new Uint8Array();
    const kept = this.#judge(bytes);
    if (kept.ok && kept.value.size === size) return kept.value;
    const reason = kept.ok ? `it states ${kept.value.size} entries` : kept.error;
    this.#log.problems.add("history", pathOf(size), reason);
    return null;
  }
}

function pathOf(size: number): string {
  return `${directory}/${size}`;
}
