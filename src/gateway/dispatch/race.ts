// Two attempts of one request at once, of which one answer is given. Owner: the dispatch.
import { deadlines, type Timed } from "../../clock/index.ts";
import type { AttemptEnding, Ending } from "./ending.ts";

/** Another attempt of the request had the answer before. */
export class OutrunError extends Error {
  constructor() {
    super("another endpoint answered first");
    this.name = "OutrunError";
  }
}

/** INVARIANT: one lane wins at most, and the others have ended when `win` returns. */
export class Race {
  readonly #ending: Ending;
  readonly #lanes: Lane[] = [];

  constructor(ending: Ending) {
    this.#ending = ending;
    ending.cuts(() => {
      for (const lane of this.#lanes) lane.tell();
    });
  }

  enter(): Lane {
    const lane = new Lane(this.#ending, () => this.#endOthers(lane));
    this.#lanes.push(lane);
    return lane;
  }

  #endOthers(winner: Lane): void {
    const outrun = new OutrunError();
    for (const lane of this.#lanes) if (lane !== winner) lane.end(outrun);
  }
}

/** What ends one attempt of a race: what ends the race, what concerns its endpoint alone, or another one that wins. */
export class Lane implements AttemptEnding, Timed {
  dueAtMs: number = Infinity;
  readonly #ending: Ending;
  /** The others are not waited for. */
  readonly endOthers: () => void;
  #reason: Error | null = null;
  #tell: (() => void) | null = null;
  #isLate: PromiseWithResolvers<boolean> | null = null;
  #hasBegun = false;

  constructor(ending: Ending, endOthers: () => void) {
    this.#ending = ending;
    this.endOthers = endOthers;
  }

  get reason(): Error | null {
    return this.#reason ?? this.#ending.reason;
  }

  get leftMs(): number {
    return this.#ending.leftMs;
  }

  throwIfEnded(): void {
    if (this.reason) throw this.reason;
  }

  cuts(tell: (() => void) | null): void {
    this.#tell = tell;
  }

  readonly end = (reason: Error): void => {
    if (this.reason) return;
    this.#reason = reason;
    this.tell();
  };

  tell(): void {
    this.#tell?.();
  }

  win(): void {
    if (this.#reason instanceof OutrunError) throw this.#reason;
    this.endOthers();
  }

  /** Resolves with false as soon as the engine has begun to answer, or nothing is waited for any more. */
  isLate(afterMs: number): Promise<boolean> {
    const late = (this.#isLate = Promise.withResolvers<boolean>());
    if (this.#hasBegun) late.resolve(false);
    this.dueAtMs = deadlines.after(afterMs);
    deadlines.add(this);
    return late.promise.finally(() => deadlines.delete(this));
  }

  noteBegun(): void {
    this.#hasBegun = true;
    this.#isLate?.resolve(false);
  }

  onDue(): void {
    this.dueAtMs = Infinity;
    this.#isLate?.resolve(true);
  }
}
