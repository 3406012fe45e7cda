import type { InstantMs } from "../base/index.ts";

interface Answer<Value> {
  readonly value: Value;
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
}

/**
 * Answers by their questions, each for the span in which it holds. When `maxAnswers` are remembered, all are forgotten: to
 * think again costs some 100 µs, so nothing cleverer is worth its lines.
 */
export class Remembered<Value> {
  readonly #maxAnswers: number;
  readonly #answers = new Map<string, Answer<Value>>();

  constructor(maxAnswers: number) {
    this.#maxAnswers = maxAnswers;
  }

  get(question: string, nowMs: InstantMs): Value | undefined {
    const known = this.#answers.get(question);
    // The clock may have gone back to before the answer was found: nothing is known about that time.
    return known && known.fromMs <= nowMs && nowMs < known.untilMs ? known.value : undefined;
  }

  /** `untilMs` null: no end is known. */
  add(question: string, value: Value, span: { fromMs: InstantMs; untilMs: InstantMs | null }): void {
    if (this.#answers.size >= this.#maxAnswers) this.#answers.clear();
    const untilMs = span.untilMs ?? Number.POSITIVE_INFINITY;
    this.#answers.set(question, { value, fromMs: span.fromMs, untilMs });
  }
}
