import type { ObjectHead, StoredObjects } from "../../privacy/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { holdingNow, type KeepDecision, recordDone } from "./keep-decision.ts";
import { reachStore } from "./visitor.ts";

interface NewObject {
  readonly store: StoredObjects;
  readonly head: ObjectHead;
  readonly decided: KeepDecision;
  /** Makes all that must be there before anything of the caller's is written. */
  readonly begin: () => Promise<BegunObject>;
}

export interface BegunObject {
  /** Its first byte goes out in the turn that it is called in; its `about` is the last that it writes. */
  readonly write: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Keeps all of a new object, or nothing, and resolves once that is on record. INVARIANT: nothing waits between the last look at
 * the law and the first byte; and whoever is told that it failed finds nothing of it, however late the disk does what it was
 * asked for. If we crash before its `about` is written, there is no object: what is left goes with the next sweep.
 */
export async function keepWhole(
  exchange: Exchange,
  { store, head, decided, begin }: NewObject,
): Promise<void> {
  const beginning = begin();
  let writing = Promise.resolve();
  try {
    const begun = await reachStore(exchange, beginning);
    const { decision } = await holdingNow(exchange, decided);
    writing = begun.write();
    await reachStore(exchange, writing);
    await recordDone(exchange, decision);
  } catch (error) {
    // Now, since what has no directory any more cannot appear in it; and behind what the disk was late with, which may make it anew.
    await reachStore(exchange, store.remove(head)).catch(() => undefined);
    void Promise.allSettled([beginning, writing])
      .then(async () => (await beginning).close())
      .finally(() => store.remove(head))
      .catch(() => undefined);
    throw error;
  }
}
