// The way of a session, from the engine's answer to the handshake on: the decision is on disk, and nothing of the caller's was
// said yet. It is one request of the ledger. If we crash before its outcome is on disk, the log's next opening says `unknown`.
import { closeCodes, protocolsIn } from "../../websocket/index.ts";
import { OvertakenError } from "../dispatch/present-law.ts";
import type { SessionAnswer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { CallerGoneError } from "../exchange/gateway-error.ts";
import { answerHeaders } from "../reply/answer-headers.ts";
import { outcomeOf } from "../reply/outcome.ts";
import { stillHasKey, subjectOf } from "../stages/subject.ts";
import { SessionEnd } from "./session-end.ts";
import { overBy, toldAs } from "./session-errors.ts";
import { SessionRelay } from "./session-relay.ts";
import type { SessionRequest } from "./session-request.ts";
import { SessionTerm } from "./session-term.ts";
import { stands } from "./stands.ts";

/** Resolves when both ends are closed, in order; throws what the caller is told of any other end. */
export async function holdSession(
  exchange: Exchange,
  answer: SessionAnswer,
  request: SessionRequest,
): Promise<void> {
  const { decision } = request;
  const end = new SessionEnd();
  const unwatch = watch(exchange, { answer, request, end });
  let relay: SessionRelay | null = null;
  try {
    await requireStanding(exchange, { answer, request, end });
    relay = acceptCaller(exchange, { answer, request, end });
    await relay.run();
  } catch (error) {
    // First, so that not one word more gets there.
    answer.session.destroy();
    throw await answer.failed(toldAs(error, answer.attempt));
  } finally {
    unwatch();
    relay?.noteUsage();
  }
  void answer.session.close(closeCodes.normal, "");
  await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.progress.isTaken = await relay.closeCaller();
}

interface Held {
  readonly answer: SessionAnswer;
  readonly request: SessionRequest;
  readonly end: SessionEnd;
}

/**
 * What was taken back while the engines were asked is looked at here, and what is taken back from here on ends it: it is watched
 * already. INVARIANT: so nothing falls between.
 */
async function requireStanding(exchange: Exchange, { answer, request, end }: Held): Promise<void> {
  const { cell } = exchange;
  const { endpoint } = answer.attempt;
  if (!stands(exchange, request, endpoint)) throw overBy("reload");
  if (cell.pool.isQuarantined(endpoint.id)) throw overBy("quarantine");
  if (!request.law.stillPermits(endpoint)) throw new OvertakenError();
  const subject = subjectOf(exchange, request.caller);
  if (!(await stillHasKey(exchange, subject, { handle: request.subject }))) throw overBy("erasure");
  exchange.throwIfStopped();
  end.throwIfOver();
}

/** Answers 101: from here on an error can only be an event. */
function acceptCaller(exchange: Exchange, { answer, request, end }: Held): SessionRelay {
  const { arrival, cell, head } = exchange;
  exchange.progress.status = 101;
  const caller = arrival.channel.session?.({
    headers: answerHeaders(exchange),
    protocol: protocolsIn(head.headers).find((name) => name === protocol) ?? null,
    maxMessageBytes: cell.limits.maxEventBytes,
    stallMs: cell.limits.idleTimeoutMs,
    memory: cell.bytesInFlight,
  });
  if (!caller) throw new CallerGoneError();
  const relay = new SessionRelay(exchange, { caller, answer, request });
  end.isToldTo(relay);
  if (cell.life.isDraining) relay.tellDraining();
  return relay;
}

/** What pages must offer beside their key (developers.openai.com/api/docs/guides/realtime-websocket); nobody else offers any. */
const protocol = "realtime";

/** What may end it from outside, until the function that is returned is called. */
function watch(exchange: Exchange, { answer, request, end }: Held): () => void {
  const { endpoint } = answer.attempt;
  const fail = (reason: Error): void => end.fail(reason);
  const term = new SessionTerm(exchange, { request, endpoint, fail });
  const ends = [
    () => term.end(),
    request.law.watch(endpoint, fail),
    exchange.whenStopped(fail),
    exchange.cell.sessions.add({
      endpoint: endpoint.id,
      subject: request.subject,
      stands: () => stands(exchange, request, endpoint),
      end: (why) => fail(overBy(why)),
      tellDraining: () => end.tellDraining(),
    }),
  ];
  return () => ends.forEach((each) => each());
}
