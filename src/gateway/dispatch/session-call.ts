// The handshake with one engine for a session. What follows it is the session's (gateway/session).
import type { SessionAnswer as UpstreamAnswer } from "../../providers/index.ts";
import type { SessionAnswer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { CallOptions } from "./attempt-call.ts";
import { refusalOf } from "./body-readers.ts";
import type { DispatchRequest } from "./dispatch-request.ts";
import { requireEvidence } from "./evidence.ts";
import { interruption } from "./interruption.ts";

type SessionCall = Parameters<Exchange["inForce"]["upstreams"]["connect"]>[2];

interface SessionBeginning extends CallOptions {
  readonly call: Omit<SessionCall, "signal">;
}

/**
 * Rejects as a call does. INVARIANT: the evidence that the law asks for is in the answer to the handshake, before a word of the
 * caller's is said; and where this rejects, no connection is left open.
 */
export async function beginSession(
  exchange: Exchange,
  request: DispatchRequest,
  { id, open, ending, lease, call }: SessionBeginning,
): Promise<SessionAnswer> {
  const cut = new AbortController();
  ending.cuts(() => cut.abort(ending.reason));
  let answer: UpstreamAnswer | null = null;
  try {
    const { upstreams } = exchange.inForce;
    answer = await upstreams.connect(request.decision.permit, id, { ...call, signal: cut.signal });
    ending.throwIfEnded();
    ending.noteBegun();
    const { headers } = answer;
    const isFinal = answer.kind === "open";
    requireEvidence(exchange, request.decision, { attempt: open, headers, body: null, isFinal });
    if (answer.kind === "refused") throw refusalOf(answer, lease, exchange.cell.now());
    const { session } = answer;
    exchange.onEnd(() => session.destroy());
    const failed = (error: unknown): Promise<unknown> =>
      interruption({ exchange, request, open, lease }, error);
    return { kind: "session", attempt: open, session, headers, failed };
  } catch (error) {
    if (answer?.kind === "open") answer.session.destroy();
    throw error;
  } finally {
    ending.cuts(null);
  }
}
