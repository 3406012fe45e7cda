// Facts about attempts that were learnt after their outcomes were recorded, such as from the provider's own log.
import type { EndpointId, RequestId } from "../../base/index.ts";
import {
  type AttemptView,
  type CorrectionEntry,
  isStray,
  outcomeView,
  parseEntry,
  tileWidth,
} from "../../ledger/index.ts";
import {
  append,
  openLogDirectory,
  type Position,
  type PublishedLog,
  stamp,
  type StoredEntry,
} from "../../store/index.ts";
import type { LifecycleAccess } from "./lifecycle-access.ts";
import { LifecycleError } from "./lifecycle-error.ts";

export type Correction = CorrectionEntry["of"] & Pick<CorrectionEntry, "attempt" | "evidence" | "reason">;

interface Corrections {
  readonly corrections: readonly Correction[];
}

export interface Corrected {
  /** Where each stands, in the order in which they were asked for. */
  readonly recorded: readonly Position[];
  /** Endpoints that were seen to compute where they may not, and get no more requests because of it. */
  readonly quarantined: readonly EndpointId[];
}

/** Resolves with where the correction stands. What it is about stays as it is. */
export async function correct(access: LifecycleAccess, correction: Correction): Promise<Position> {
  const [position] = (await correctAll(access, { corrections: [correction] })).recorded;
  if (!position) throw new TypeError("a correction was recorded nowhere");
  return position;
}

/**
 * All of them, or none where one is about no attempt of this cell. A late violation is one like any other: its endpoint is
 * out of service, and the quarantine on record, before the correction is. If we crash in between, the same corrections are
 * asked for again, and find it.
 */
export async function correctAll(access: LifecycleAccess, { corrections }: Corrections): Promise<Corrected> {
  const attempts = await findAttempts(access, corrections);
  const strays = corrections.flatMap((correction) => {
    const found = attempts.get(keyOf(correction));
    if (found === undefined) throw unknownAttempt();
    return isStray(found, correction.evidence.places) ? [found] : [];
  });
  const quarantined = await quarantineAll(access, strays);
  const recorded = await Promise.all(
    corrections.map(({ origin, index, attempt, evidence, reason }) =>
      append(
        access,
        { ...stamp(access), t: "correction", of: { origin, index }, attempt, evidence, reason },
        { kind: "none" },
      ),
    ),
  );
  return { recorded, quarantined };
}

interface FoundAttempt extends Pick<AttemptView, "endpoint" | "allowed"> {
  readonly rid: RequestId;
}

async function quarantineAll(
  access: LifecycleAccess,
  strays: readonly FoundAttempt[],
): Promise<readonly EndpointId[]> {
  const quarantined: EndpointId[] = [];
  for (const { endpoint, rid } of strays) {
    const isNew = await access.quarantines.begin(endpoint, "violation", async () => {
      const entry = { ...stamp(access), t: "quarantine", endpoint, rid } as const;
      await append(access, entry, { kind: "endpoint" });
      return { endpoint, sinceMs: entry.ts, rid };
    });
    if (isNew) quarantined.push(endpoint);
  }
  return quarantined;
}

type Named = Pick<Correction, "origin" | "index" | "attempt">;

function keyOf({ origin, index, attempt }: Named): string {
  return `${origin}#${index}#${attempt}`;
}

/** Those that this cell has published. What is not sealed yet, in the last second or two, is not among them. */
async function findAttempts(
  { ledger }: LifecycleAccess,
  corrections: readonly Correction[],
): Promise<ReadonlyMap<string, FoundAttempt>> {
  const found = new Map<string, FoundAttempt>();
  for (const log of await openLogDirectory(ledger.directory)) {
    const checkpoint = await log.readCheckpoint();
    const wanted = corrections
      .filter(({ origin, index }) => origin === checkpoint?.origin && index < checkpoint.size)
      .map(({ index }) => index);
    if (wanted.length === 0 || !(await log.hasEntries())) continue;
    for await (const { index, bytes } of readWanted(log, wanted))
      for (const [attempt, view] of attemptsOf(bytes))
        found.set(keyOf({ origin: checkpoint?.origin ?? "", index, attempt }), view);
  }
  return found;
}

/** Reads each tile of entries once. */
async function* readWanted(log: PublishedLog, indexes: readonly number[]): AsyncGenerator<StoredEntry> {
  const tiles = Map.groupBy(indexes, (index) => Math.floor(index / tileWidth));
  for (const wanted of tiles.values()) {
    const ofTile = new Set(wanted);
    for await (const entry of log.readEntries(Math.min(...wanted), Math.max(...wanted)))
      if (ofTile.has(entry.index)) yield entry;
  }
}

function attemptsOf(bytes: Uint8Array): readonly (readonly [number, FoundAttempt])[] {
  const entry = parseEntry(bytes);
  if (!entry.ok || entry.value.t !== "outcome") return [];
  const { rid } = entry.value;
  return outcomeView(entry.value).attempts.map(({ endpoint, allowed }: AttemptView, attempt) => [
    attempt,
    { rid, endpoint, allowed },
  ]);
}

function unknownAttempt(): LifecycleError {
  return new LifecycleError(
    "not_found",
    "this cell has published no such attempt: name the log, the index of an outcome, and the position of an attempt in it",
  );
}
