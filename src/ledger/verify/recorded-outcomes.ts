import type { EndpointId } from "../../base/index.ts";
import type { StoredOutcome } from "../entry/entry.ts";
import { outcomeView } from "../entry/outcome-view.ts";

/** An answer from no endpoint; and, where a log names more of them than two bytes count, from nobody knows which. */
const [nobody, unknown] = [0, 0xffff];

/** What later entries may say of a log's outcomes, in three bytes an entry: a log may have ten million. */
export class RecordedOutcomes {
  /** An entry has no room for 256 attempts. */
  #attempts = new Uint8Array(1024);
  /** Who gave the whole answer, by its number in `#endpoints`. */
  #answers = new Uint16Array(1024);
  readonly #endpoints = new Map<EndpointId, number>();

  note(index: number, outcome: StoredOutcome): void {
    if (index >= this.#attempts.length) this.#widen(index + 1);
    const { attempts, answered } = outcomeView(outcome);
    this.#attempts[index] = attempts.length;
    if (outcome.result === "complete" && answered !== null)
      this.#answers[index] = this.#number(answered.endpoint);
  }

  /** Whether the entry is an outcome that has such an attempt. */
  hasAttempt(index: number, attempt: number): boolean {
    return attempt < (this.#attempts[index] ?? 0);
  }

  /** Whether the entry is the outcome of a whole answer that this endpoint computed. */
  hasAnswer(index: number, endpoint: EndpointId): boolean {
    const answer = this.#answers[index] ?? nobody;
    return answer === unknown || (answer !== nobody && answer === this.#endpoints.get(endpoint));
  }

  #number(endpoint: EndpointId): number {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) return known;
    const next = Math.min(this.#endpoints.size + 1, unknown);
    if (next < unknown) this.#endpoints.set(endpoint, next);
    return next;
  }

  #widen(least: number): void {
    const length = Math.max(least, this.#attempts.length * 2);
    const [attempts, answers] = [new Uint8Array(length), new Uint16Array(length)];
    attempts.set(this.#attempts);
    answers.set(this.#answers);
    this.#attempts = attempts;
    this.#answers = answers;
  }
}
