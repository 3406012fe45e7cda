import type { StoredOutcome } from "../entry/entry.ts";
import { outcomeView } from "../entry/outcome-view.ts";

/** How many attempts each outcome of a log has, in a byte an entry: an entry has no room for 256 of them. */
export class AttemptCounts {
  #counts = new Uint8Array(1024);

  note(index: number, outcome: StoredOutcome): void {
    if (index >= this.#counts.length) {
      const wider = new Uint8Array(Math.max(index + 1, this.#counts.length * 2));
      wider.set(this.#counts);
      this.#counts = wider;
    }
    this.#counts[index] = outcomeView(outcome).attempts.length;
  }

  /** Whether the entry is an outcome that has such an attempt. */
  has(index: number, attempt: number): boolean {
    return attempt < (this.#counts[index] ?? 0);
  }
}
