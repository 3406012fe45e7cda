// Owner: the control thread. Fetches the keys of identity providers that publish them, before they are too old and when a token
// names one that nobody has. What was fetched lies in the cell's state, so that a start needs nobody.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  elapsedMs,
  fail,
  isObject,
  later,
  type MonotonicMs,
  ok,
  parseJson,
  type Result,
} from "../../base/index.ts";
import { parseKeySet } from "../../config/index.ts";
import { absentAsSync, ensureDirectory, writeText } from "../../disk/index.ts";
import { fetchKeySet, type KeySetPlace } from "../../keys/index.ts";
import { type HeldKeySet, isYoung } from "../in-force/key-sets.ts";
import type { ControlServices } from "../operator/control-services.ts";

/** One that the policy names, with the text of its `jwks-ca`. */
export interface KeySetSource extends KeySetPlace {
  readonly id: string;
  readonly maxAgeMs: number;
}

interface Followed {
  readonly source: KeySetSource;
  held: HeldKeySet | null;
  fetching: Promise<void> | null;
  /** When it was last asked; null: not yet. */
  askedAt: MonotonicMs | null;
  timer: NodeJS.Timeout | null;
  /** In a row. */
  failureCount: number;
}

/** However many tokens name keys that nobody has, or are made up to: so often a provider is asked, and no more. */
const leastGapMs = 10_000;

const [shortestFreshMs, longestFreshMs, usualFreshMs] = [5 * 60_000, 12 * 3_600_000, 3_600_000];
const [firstRetryMs, longestRetryMs] = [30_000, 5 * 60_000];

export class KeySetWatch {
  readonly #cell: ControlServices;
  readonly #directory: string;
  readonly #followed = new Map<string, Followed>();
  #isOpen = false;
  #serial = 0;

  constructor(cell: ControlServices, directory: string) {
    this.#cell = cell;
    this.#directory = directory;
  }

  /** What is there already, for threads that start. */
  get held(): readonly HeldKeySet[] {
    return Array.from(this.#followed.values(), ({ held }) => held ?? []).flat();
  }

  /** The sources of a policy, in the place of those of before. Those that were followed already are asked again. */
  follow(sources: readonly KeySetSource[]): void {
    const before = new Map(this.#followed);
    this.#followed.clear();
    for (const source of sources) {
      const known = before.get(source.id);
      if (known?.timer) clearTimeout(known.timer);
      const held = known?.held ?? this.#read(source);
      this.#followed.set(source.id, {
        source,
        held: held && { ...held, maxAgeMs: source.maxAgeMs },
        fetching: null,
        askedAt: known?.askedAt ?? null,
        timer: null,
        failureCount: 0,
      });
      before.delete(source.id);
    }
    for (const { timer } of before.values()) if (timer) clearTimeout(timer);
    if (this.#isOpen) this.#refreshAll();
  }

  /** From here on the gateway threads hear of what is fetched. */
  open(): void {
    this.#isOpen = true;
    this.#refreshAll();
  }

  stop(): void {
    this.#isOpen = false;
    for (const { timer } of this.#followed.values()) if (timer) clearTimeout(timer);
  }

  /** A token names a key that is not there. The threads are answered in any case, for somebody waits. Never rejects. */
  async want(id: string): Promise<void> {
    const followed = this.#followed.get(id);
    if (followed) await this.#refresh(followed);
    await this.#cell.gateways
      .takeKeySet(id, followed?.held ?? null)
      .catch((thrown: unknown) => this.#note(thrown));
  }

  #refreshAll(): void {
    for (const id of this.#followed.keys()) void this.want(id);
  }

  /** One at a time, and with a pause between two. */
  #refresh(followed: Followed): Promise<void> {
    if (followed.fetching) return followed.fetching;
    const nowMs = this.#cell.monotonicNow();
    if (followed.askedAt !== null && elapsedMs(followed.askedAt, nowMs) < leastGapMs) {
      if (!followed.timer) this.#schedule(followed, leastGapMs);
      return Promise.resolve();
    }
    followed.askedAt = nowMs;
    followed.fetching = this.#ask(followed)
      .catch((thrown: unknown) => this.#note(thrown))
      .finally(() => (followed.fetching = null));
    return followed.fetching;
  }

  async #ask(followed: Followed): Promise<void> {
    const { source } = followed;
    const fetched = await readSet(source);
    // A reload has taken it away, or made it another one.
    if (this.#followed.get(source.id) !== followed) return;
    const { cell, now, monotonicNow } = this.#cell;
    const keySet = nameOf(source.id);
    if (!fetched.ok) {
      this.#cell.log({ event: "key_set_refused", cell, keySet, fault: fetched.error });
      this.#alarmIfTooOld(followed);
      followed.failureCount++;
      return this.#schedule(followed, retryAfterMs(followed.failureCount));
    }
    const { text, freshMs } = fetched.value;
    const { id, maxAgeMs } = source;
    if (followed.held?.text !== text) this.#cell.log({ event: "key_set_changed", cell, keySet });
    const serial = ++this.#serial;
    followed.held = { id, text, serial, fetchedAtMs: now(), agesFrom: monotonicNow(), maxAgeMs };
    followed.failureCount = 0;
    this.#schedule(followed, refreshAfterMs(freshMs, maxAgeMs));
    this.#write(followed.held);
  }

  /** As the gateway threads see it (in-force/key-sets.ts). */
  #alarmIfTooOld({ held }: Followed): void {
    if (held === null || !isYoung(held, this.#cell)) this.#cell.alarm("key_set_too_old");
  }

  /** Not all cells at once: each a little before its time. */
  #schedule(followed: Followed, inMs: number): void {
    const [byte = 0] = this.#cell.randomBytes(1);
    if (followed.timer) clearTimeout(followed.timer);
    if (!this.#isOpen) return;
    const refresh = (): void => {
      followed.timer = null;
      void this.want(followed.source.id);
    };
    followed.timer = setTimeout(refresh, inMs * (0.8 + (0.2 * byte) / 256)).unref();
  }

  #read(source: KeySetSource): HeldKeySet | null {
    const stored = absentAsSync(() => readFileSync(this.#fileOf(source.id), "utf8"), null);
    const value = stored === null ? null : parseJson(stored);
    if (!isObject(value)) return null;
    const { text, fetchedAtMs } = value;
    if (typeof text !== "string" || !Number.isSafeInteger(fetchedAtMs) || !parseKeySet(text).ok) return null;
    const { id, maxAgeMs } = source;
    const { now, monotonicNow } = this.#cell;
    // Another process has fetched it, so how old it is by now only the wall clock says.
    const agesFrom = later(monotonicNow(), -Math.max(0, now() - Number(fetchedAtMs)));
    return { id, text, serial: ++this.#serial, fetchedAtMs: Number(fetchedAtMs), agesFrom, maxAgeMs };
  }

  #write({ id, text, fetchedAtMs }: HeldKeySet): void {
    ensureDirectory(this.#directory);
    writeText(this.#fileOf(id), JSON.stringify({ fetchedAtMs, text }), 0o600);
  }

  #fileOf(id: string): string {
    return join(this.#directory, `${nameOf(id)}.json`);
  }

  /** The disk, or a thread that has ended: keys that are there go on, and both tell of themselves elsewhere too. */
  #note(thrown: unknown): void {
    this.#cell.log({ event: "internal_error", cell: this.#cell.cell, request: null, thrown });
  }
}

type Fault = "unreachable" | "unusable";

async function readSet(
  source: KeySetSource,
): Promise<Result<Awaited<ReturnType<typeof fetchKeySet>>, Fault>> {
  const fetched = await fetchKeySet(source).catch(() => null);
  if (!fetched) return fail("unreachable");
  return parseKeySet(fetched.text).ok ? ok(fetched) : fail("unusable");
}

/** For file and log: neither holds a URL. */
function nameOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

/** As its publisher says, within bounds, and always in time for a second attempt before the keys are too old. */
export function refreshAfterMs(freshMs: number | null, maxAgeMs: number): number {
  return Math.min(Math.max(freshMs ?? usualFreshMs, shortestFreshMs), longestFreshMs, maxAgeMs / 2);
}

export function retryAfterMs(failureCount: number): number {
  return Math.min(firstRetryMs * 2 ** (failureCount - 1), longestRetryMs);
}
