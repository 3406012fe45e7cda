import { type AnswerBytes, sealAnswer } from "../../privacy/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import { outcomeOf } from "../reply/outcome.ts";
import type { CacheUse } from "./cache-use.ts";

/** Keeps an answer of which all is on record that is to be: it is complete, and so says its outcome on disk. Never rejects. */
export async function keepAnswer(
  exchange: Exchange,
  use: CacheUse,
  { decision, bytes }: { readonly decision: OpenDecision; readonly bytes: AnswerBytes },
): Promise<void> {
  const { cell, arrival } = exchange;
  try {
    await keep(exchange, use, { decision, bytes });
  } catch (thrown) {
    // The caller has its answer, and the next one gets a new one.
    cell.log({ event: "internal_error", cell: cell.cell, request: arrival.id, thrown });
  }
}

async function keep(
  exchange: Exchange,
  { kept: { lifetimeMs, maxBytes }, name, subject, key, policy }: CacheUse,
  { decision, bytes }: { readonly decision: OpenDecision; readonly bytes: AnswerBytes },
): Promise<void> {
  const { cell, arrival, progress } = exchange;
  const { answering } = progress;
  if (decision.result !== "complete" || answering === null) return;
  const { origin, index } = await decision.close(outcomeOf(exchange, decision, "complete"));
  const known = await cell.vault.knownKey(subject, arrival.receivedAtMs);
  // INVARIANT: from here on nothing waits. An erasure, a quarantine, an event or a reload that came before is seen here; one
  // that comes later finds the answer, and takes it away.
  const { endpoint, asked, allowed, evidence, observedAt } = answering.record;
  if (known?.handle !== key.handle) return;
  if (policy !== cell.inForce.current.policy.law.hash || cell.pool.isQuarantined(endpoint)) return;
  cell.responses.keep(
    {
      tenant: subject.tenant,
      name,
      rid: arrival.id,
      subject: key.handle,
      policy,
      isStream: progress.isStream,
      cached: {
        of: { origin, index },
        at: Math.trunc(cell.now()),
        endpoint,
        asked,
        allowed,
        evidence,
        observedAt,
      },
      sealed: sealAnswer(key, { rid: arrival.id, name }, bytes),
      atMs: cell.monotonicNow(),
      lifetimeMs,
    },
    maxBytes,
  );
}
