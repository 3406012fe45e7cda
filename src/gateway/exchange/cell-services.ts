// Owner: the gateway's thread.
import type { BlockList } from "node:net";
import type { Place } from "../../base/index.ts";
import type { Cell } from "../../law/index.ts";
import { KeySets } from "../in-force/key-sets.ts";
import type { PolicyEpochs } from "../in-force/policy-epochs.ts";
import { AnswerNames, ResponseCache } from "../../privacy/index.ts";
import { createLimitMeters, type LimitMeters } from "../limits/limit-meters.ts";
import { Limiter } from "../limits/limiter.ts";
import { type BatchNews, createBatchNews } from "../shared/batch-news.ts";
import { type BytesInFlight, createBytesInFlight } from "../shared/bytes-in-flight.ts";
import { CallerSessions } from "../shared/caller-sessions.ts";
import { createPool, type Pool } from "../shared/pool.ts";
import { Retries } from "../shared/retries.ts";
import { blockListOf } from "./caller-address.ts";
import { openEpochs } from "./open-epochs.ts";
import type { GatewayParts } from "./parts.ts";
import { beginLife, createAlarm, type ThreadServices } from "./thread-services.ts";

/** Everything that outlives a request in a gateway's thread: the parts, and what the gateway made of them. */
export interface CellServices
  extends
    Omit<
      GatewayParts,
      "policy" | "addresses" | "keySets" | "events" | "quarantined" | "listen" | "isPortShared" | "tls"
    >,
    ThreadServices {
  readonly inForce: PolicyEpochs;
  readonly here: Cell;
  readonly keySets: KeySets;
  readonly proxies: BlockList;
  readonly limiter: Limiter;
  readonly limitMeters: LimitMeters;
  readonly pool: Pool;
  readonly retries: Retries;
  readonly bytesInFlight: BytesInFlight;
  readonly responses: ResponseCache;
  /** Of the answers in `responses`. */
  readonly answerNames: AnswerNames;
  readonly batchNews: BatchNews;
  readonly sessions: CallerSessions;
}

/**
 * Rejects when the policy does not know the cell, since a process that does not know where it is must not serve, or when a
 * key that it pins is none.
 */
export async function createCellServices(parts: GatewayParts): Promise<CellServices> {
  const { policy, addresses: _addresses, events: _events, quarantined, listen: _listen, ...shared } = parts;
  const { isPortShared: _isPortShared, tls: _tls, keySets: held, ...others } = shared;
  const { cell, log } = parts;
  const here = policy.law.cells.find(({ id }) => id === cell);
  if (!here) throw new TypeError(`the policy has no cell \`${cell}\``);
  const { meters, alarm } = createAlarm(parts, cell);
  const { maxWaiting } = parts.limits;
  const pool = createPool({ cell, meters, log, monotonicNow: parts.monotonicNow, quarantined, maxWaiting });
  const keySets = new KeySets({
    now: parts.now,
    monotonicNow: parts.monotonicNow,
    wanted: parts.keySetWanted,
  });
  for (const set of held) await keySets.take(set.id, set);
  const { retryPercent: percent, retriesPerSecond: perSecond } = parts.limits;
  const share = { percent, perSecond };
  return {
    ...others,
    inForce: await openEpochs(parts, { here, pool, keySets }),
    here,
    keySets,
    proxies: blockListOf(parts.trustedProxies),
    limitMeters: createLimitMeters(parts.metrics, cell),
    limiter: new Limiter(parts.limitSeat),
    pool,
    retries: new Retries({ share, meters, monotonicNow: parts.monotonicNow }),
    bytesInFlight: createBytesInFlight(parts.capacity.bytesInFlight, (held) => meters.bytesInFlight(held)),
    responses: new ResponseCache({
      monotonicNow: parts.monotonicNow,
      onSize: (bytes) => meters.cacheBytes(bytes),
    }),
    answerNames: new AnswerNames(parts.randomBytes(32)),
    batchNews: createBatchNews(),
    sessions: new CallerSessions(),
    meters,
    alarm,
    life: beginLife(),
  };
}

/** Of the lists that the law and engines give to all requests: most answers and log lines say the same few places. */
const listed = new WeakMap<readonly Place[], string>();

export function listPlaces(places: readonly Place[]): string {
  const known = listed.get(places);
  if (known !== undefined) return known;
  const list = sortedPlaces(places);
  // What may still grow is listed each time.
  if (Object.isFrozen(places)) listed.set(places, list);
  return list;
}

function sortedPlaces(places: readonly Place[]): string {
  return Array.from(new Set(places))
    .toSorted((left, right) => (left < right ? -1 : 1))
    .join(", ");
}
