// A log on disk that is as large as a bench wants it, written without a ledger: bundles, tiles, a signed checkpoint.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EndpointId, Place } from "../src/base/index.ts";
import {
  encodeBundle,
  encodeEntry,
  formatTilePath,
  leafHash,
  type NoteSigner,
  openTree,
  type OutcomeEntry,
  signCheckpoint,
  type Tile,
  tileHolding,
  tileWidth,
  type WrittenEntry,
} from "../src/ledger/index.ts";
import { sha256, signerFrom } from "../test/support/ledger-crypto.ts";
import {
  answeredAttempt,
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  refusalEntry,
  requestId,
} from "../test/support/ledger-entries.ts";

export const logSigner: NoteSigner = signerFrom(1, origin);
export const places = ["DE", "FR", "IE", "US", "CH"] as Place[];

/** One bundle in memory at a time. */
export function writeLargeLog(
  directory: string,
  entryCount: number,
  entryAt: (at: number) => WrittenEntry,
): void {
  const write = (path: string, bytes: Uint8Array): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  };
  const tree = openTree(sha256, 0, () => new Uint8Array());
  const partials = new Map<Tile["name"]["level"], Tile>();
  for (let start = 0; start < entryCount; start += tileWidth) {
    const width = Math.min(tileWidth, entryCount - start);
    const entries = Array.from({ length: width }, (_, at) => encodeEntry(entryAt(start + at)));
    for (const entry of entries) tree.append(leafHash(sha256, entry));
    write(formatTilePath(tileHolding(start, "entries", entryCount)), encodeBundle(entries));
    for (const tile of tree.takeTiles()) {
      const isFull = tile.name.width === tileWidth;
      if (isFull) write(formatTilePath(tile.name), tile.bytes);
      if (isFull) partials.delete(tile.name.level);
      else partials.set(tile.name.level, tile);
    }
  }
  for (const { name, bytes } of partials.values()) write(formatTilePath(name), bytes);
  const checkpoint = signCheckpoint({ origin, size: entryCount, root: tree.root() }, logSigner);
  write("checkpoint", checkpoint);
  write(`checkpoints/${entryCount}`, checkpoint);
}

/** A permit, its outcome, a refusal, and so on: 50 tenants, 4 endpoints, 5 places. */
export function mixedEntry(at: number): WrittenEntry {
  if (at === 0) return openedEntry(0, 1);
  const decision = at - ((at - 1) % 3);
  const tenant = handleOf(decision % 50);
  const place = places[decision % 5] ?? ("DE" as Place);
  const endpoint = `fra-${decision % 4}` as EndpointId;
  const permit = decisionEntry(at);
  const allowed = permit.allowed.map((each) => ({ ...each, endpoint, computes: [place] }));
  if (at === decision) return { ...permit, tenant, subject: tenant, allowed };
  if (at === decision + 2) return { ...refusalEntry(at), tenant, subject: tenant };
  return outcomeAt(at, { decision, endpoint, place });
}

function outcomeAt(
  at: number,
  {
    decision,
    endpoint,
    place,
  }: { readonly decision: number; readonly endpoint: EndpointId; readonly place: Place },
): OutcomeEntry {
  const outcome = {
    ...outcomeEntry(at, decision, requestId(decision)),
    attempts: [
      {
        ...answeredAttempt(),
        endpoint,
        allowed: [place],
        evidence: { grade: "E1-own", source: "selection", places: [place] },
      },
    ],
  };
  if (at % 99_998 !== 0) return outcome;
  return { ...outcome, result: "failed", error: "upstream_timeout", answeredBy: null };
}

export function handleOf(number: number): string {
  return number.toString(16).padStart(32, "1");
}
