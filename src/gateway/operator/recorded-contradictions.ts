// Owner: whichever thread the witness is asked in.
import { elapsedMs, type MonotonicMs, toHex } from "../../base/index.ts";
import type { Contradiction } from "../../ledger/index.ts";

/** Of one log. Whoever repeats it, or has many to show, must not fill our own log with it. */
const entryIntervalMs = 60 * 60_000;

/** What was recorded, for as long as the process lives. */
export class RecordedContradictions {
  readonly #heads = new Set<string>();
  readonly #lastMs = new Map<string, MonotonicMs>();

  /** Whether to record it; asked once. */
  isNew({ shown }: Contradiction, nowMs: MonotonicMs): boolean {
    const head = `${shown.origin} ${shown.size} ${toHex(shown.root)}`;
    const lastMs = this.#lastMs.get(shown.origin);
    if (this.#heads.has(head) || (lastMs !== undefined && elapsedMs(lastMs, nowMs) < entryIntervalMs))
      return false;
    this.#heads.add(head);
    this.#lastMs.set(shown.origin, nowMs);
    return true;
  }
}
