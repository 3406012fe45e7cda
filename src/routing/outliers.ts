// Which endpoints of a model do clearly worse than the others that serve it, though each of them works: slow first tokens,
// or a share of failures that opens no circuit. Such a one is asked after its equals for a while (pick.ts).
import { type EndpointId, later, type MonotonicMs } from "../base/index.ts";
import { TwoNewest } from "./two-newest.ts";

/** Fewer attempts say nothing of an endpoint. */
const minVolume = 10;
/** Of two, nobody knows which is the outlier. */
const minKnown = 3;
/** First tokens so many times later than the others', and by so much. */
const slowTimes = 3;
const slowByMs = 100;
/** More failures in a hundred attempts than the others have. */
const failingBy = 0.2;
const smoothing = 0.1;
const everyMs = 1_000;
const firstAwayMs = 10_000;
const maxAwayMs = 300_000;

export type Showing =
  | { readonly kind: "first-token"; readonly ms: number }
  | { readonly kind: "answered" }
  | { readonly kind: "failed"; readonly caller: string };

interface Seen {
  attempts: number;
  failedShare: number;
  /** Smoothed; null before the first one. */
  firstTokenMs: number | null;
  failing: TwoNewest;
  /** In a row. */
  ejections: number;
  /** Not away, and judged by what it has shown since. */
  isBack: boolean;
  /** Of the newest ejection; null before the first one. */
  awayUntilMs: MonotonicMs | null;
}

/** Of one model. */
export class Outliers {
  readonly #seen = new Map<EndpointId, Seen>();
  #away: ReadonlySet<EndpointId> = new Set();
  #dueAtMs: MonotonicMs | null = null;

  note(id: EndpointId, showing: Showing, nowMs: MonotonicMs): void {
    const seen = this.#seen.get(id) ?? { ...nothingSeen(), ejections: 0, isBack: true, awayUntilMs: null };
    this.#seen.set(id, seen);
    if (showing.kind === "first-token") {
      seen.firstTokenMs = smooth(seen.firstTokenMs ?? showing.ms, showing.ms);
      return;
    }
    seen.attempts++;
    seen.failedShare = smooth(seen.failedShare, showing.kind === "failed" ? 1 : 0);
    if (showing.kind === "failed") seen.failing.note(showing.caller, nowMs);
  }

  /** Those that are asked after their equals now. Compares at most once a second; else it is the same set. */
  away(nowMs: MonotonicMs): ReadonlySet<EndpointId> {
    if (this.#dueAtMs !== null && nowMs < this.#dueAtMs) return this.#away;
    this.#dueAtMs = later(nowMs, everyMs);
    for (const seen of this.#seen.values()) comeBack(seen, nowMs);
    const known = Array.from(this.#seen.values()).filter(({ attempts }) => attempts >= minVolume);
    const usual = known.length < minKnown ? null : usualOf(known);
    for (const seen of known) {
      if (usual && !isAway(seen, nowMs) && isOutlier(seen, usual, nowMs)) eject(seen, nowMs);
    }
    const away = Array.from(this.#seen).filter(([, seen]) => isAway(seen, nowMs));
    if (away.length > 0 || this.#away.size > 0) this.#away = new Set(away.map(([id]) => id));
    return this.#away;
  }

  forget(id: EndpointId): void {
    this.#seen.delete(id);
    this.#dueAtMs = null;
  }
}

/** Of most of them, so that no outlier moves it. */
interface Usual {
  readonly failedShare: number;
  /** Null where too few have streamed. */
  readonly firstTokenMs: number | null;
}

function usualOf(known: readonly Seen[]): Usual {
  const times = known.flatMap(({ firstTokenMs }) => firstTokenMs ?? []);
  return {
    failedShare: median(known.map(({ failedShare }) => failedShare)),
    firstTokenMs: times.length < minKnown ? null : median(times),
  };
}

function isOutlier({ failedShare, failing, firstTokenMs }: Seen, usual: Usual, nowMs: MonotonicMs): boolean {
  // One caller's requests may fail for what they are.
  if (failedShare > usual.failedShare + failingBy && failing.areTwo(nowMs)) return true;
  if (firstTokenMs === null || usual.firstTokenMs === null) return false;
  return firstTokenMs > Math.max(usual.firstTokenMs * slowTimes, usual.firstTokenMs + slowByMs);
}

function nothingSeen(): Pick<Seen, "attempts" | "failedShare" | "firstTokenMs" | "failing"> {
  return { attempts: 0, failedShare: 0, firstTokenMs: null, failing: new TwoNewest() };
}

function isAway({ awayUntilMs }: Seen, nowMs: MonotonicMs): boolean {
  return awayUntilMs !== null && nowMs < awayUntilMs;
}

/** Each time in a row is twice as long. */
function eject(seen: Seen, nowMs: MonotonicMs): void {
  seen.awayUntilMs = later(nowMs, Math.min(firstAwayMs * 2 ** seen.ejections, maxAwayMs));
  seen.ejections++;
  seen.isBack = false;
}

/** What was seen before its time away says nothing of it now; and one that has stayed well for long begins anew. */
function comeBack(seen: Seen, nowMs: MonotonicMs): void {
  if (seen.awayUntilMs === null || isAway(seen, nowMs)) return;
  if (!seen.isBack) Object.assign(seen, nothingSeen());
  seen.isBack = true;
  if (nowMs >= later(seen.awayUntilMs, maxAwayMs)) seen.ejections = 0;
}

function smooth(before: number, newest: number): number {
  return before + (newest - before) * smoothing;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
