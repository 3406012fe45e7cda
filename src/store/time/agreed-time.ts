// The time that the ledger acts on: the wall clock's, for as long as a clock that never steps, the log and the witnesses
// agree with it. The ledger thread owns its state.
import {
  elapsedMs,
  type InstantMs,
  type MonotonicClock,
  type MonotonicMs,
  settled,
  type SettledMs,
  type WallClock,
} from "../../base/index.ts";
import { type ClockReading, judgeClock, type ReadingKind, stepToleranceMs } from "./clock-judgement.ts";

/** How long the readings must agree again before what waited for them goes on. */
export const settlingMs: number = 10 * 60_000;
/** How fast a small difference becomes the usual one: a stepped second within two minutes, a stolen day never. */
const slewRate = 0.01;
/** Entries of several threads come a little out of order; what is moved further was dated wrongly. */
const correctionMs = 1_000;

/** What the ledger thread tells of the clocks. INVARIANT: plain data. */
export interface ClockState {
  readonly reading: ReadingKind;
  /** How far the wall clock is from what the others say; 0 while it agrees. */
  readonly byMs: number;
  /** Nothing that cannot be undone is done now. */
  readonly isHeld: boolean;
  /** Stands still while `isHeld`. */
  readonly settledMs: SettledMs;
  /** Entries since the start whose date was moved by more than a second. */
  readonly correctedCount: number;
}

export interface AgreedTimeOptions {
  readonly now: WallClock;
  /** Counts on while the machine sleeps, or each awakening would look like a clock that was set. */
  readonly steadyNow: MonotonicClock;
}

/** The date of the next entry of a log, whose newest one has `newestMs`. */
export type Dating = (stampMs: InstantMs, newestMs: InstantMs) => InstantMs;

interface Look {
  readonly wallMs: InstantMs;
  readonly steadyMs: MonotonicMs;
}

export class AgreedTime {
  readonly #options: AgreedTimeOptions;
  /** How far the wall clock is ahead of the steady one in what is believed; null until something is. */
  #believed: number | null = null;
  #recorded: number | null = null;
  /** By witness, as it dated last. */
  readonly #witnessed = new Map<string, number>();
  /** Since when nothing speaks against the wall clock, or the witnesses speak for it. */
  #agreeingSince: MonotonicMs | null = null;
  #checkedAt: MonotonicMs | null = null;
  #isHeld = true;
  #settledMs: InstantMs | null = null;
  #correctedCount = 0;

  constructor(options: AgreedTimeOptions) {
    this.#options = options;
  }

  /** A date that is in the log, or in a cosignature of it, from before it was opened. */
  noteRecorded(instantMs: InstantMs): void {
    const ahead = instantMs - this.#options.steadyNow();
    this.#recorded = Math.max(this.#recorded ?? ahead, ahead);
  }

  /** A witness has dated a cosignature just now. */
  noteWitnessed(witness: string, instantMs: InstantMs): void {
    this.#witnessed.set(witness, instantMs - this.#options.steadyNow());
  }

  /** A person says that the wall clock is right. That outweighs log and steady clock; witnesses who differ still hold. */
  accept(): ClockState {
    const look = this.#look();
    this.#believed = look.wallMs - look.steadyMs;
    this.#agreeingSince = null;
    this.#isHeld = this.#read(look).kind !== "agreed";
    return this.#judge(look);
  }

  check(): ClockState {
    return this.#judge(this.#look());
  }

  /**
   * For the entries of one batch. Dates never go back in a log, and none is ahead of the time. While the wall clock has
   * left what was believed, the steady clock dates.
   */
  dating(): Dating {
    const look = this.#look();
    this.#judge(look);
    const carriedOnMs = carriedOn(this.#believed, look);
    const timeMs = carriedOnMs ?? look.wallMs;
    const isSteadyClocks = this.#isHeld && carriedOnMs !== null;
    return (stampMs, newestMs) => {
      const givenMs = isSteadyClocks ? timeMs : Math.min(stampMs, timeMs + stepToleranceMs);
      const datedMs = Math.max(givenMs, newestMs);
      if (Math.abs(datedMs - stampMs) > correctionMs) this.#correctedCount++;
      return datedMs;
    };
  }

  /** Both clocks at once, and once for all that is judged by them: this runs for every batch of entries. */
  #look(): Look {
    const { now, steadyNow } = this.#options;
    return { wallMs: now(), steadyMs: steadyNow() };
  }

  #judge(look: Look): ClockState {
    const { wallMs } = look;
    const reading = this.#read(look);
    this.#weigh(reading, look);
    if (!this.#isHeld) this.#settledMs = wallMs;
    // Unsure from the start: what both the clock and the log have behind them is past.
    this.#settledMs ??= Math.min(wallMs, carriedOn(this.#recorded, look) ?? wallMs);
    return {
      reading: reading.kind,
      byMs: reading.byMs,
      isHeld: this.#isHeld,
      settledMs: settled(this.#settledMs),
      correctedCount: this.#correctedCount,
    };
  }

  #read(look: Look): ClockReading {
    return judgeClock(look.wallMs, {
      expectedMs: carriedOn(this.#believed, look),
      recordedMs: carriedOn(this.#recorded, look),
      witnessedMs: Array.from(this.#witnessed.values(), (ahead) => carriedOn(ahead, look) ?? 0),
    });
  }

  /** Holds at the first disagreement. Afterwards the readings have to agree, or the witnesses to confirm, for a while. */
  #weigh({ kind, isWitnessed }: ClockReading, { wallMs, steadyMs: nowMs }: Look): void {
    const ahead = wallMs - nowMs;
    const isAgreed = kind === "agreed";
    if (this.#believed === null) {
      this.#isHeld = !isAgreed;
      if (isAgreed) this.#believed = ahead;
    } else if (this.#isHeld || !isAgreed) {
      this.#isHeld = true;
      this.#agreeingSince = isAgreed || isWitnessed ? (this.#agreeingSince ?? nowMs) : null;
      if (this.#agreeingSince !== null && elapsedMs(this.#agreeingSince, nowMs) >= settlingMs) {
        this.#isHeld = false;
        this.#believed = ahead;
        this.#agreeingSince = null;
      }
    } else {
      const slewMs = elapsedMs(this.#checkedAt ?? nowMs, nowMs) * slewRate;
      this.#believed += Math.max(-slewMs, Math.min(slewMs, ahead - this.#believed));
    }
    this.#checkedAt = nowMs;
  }
}

function carriedOn(ahead: number | null, { steadyMs }: Look): InstantMs | null {
  return ahead === null ? null : Math.round(ahead + steadyMs);
}
