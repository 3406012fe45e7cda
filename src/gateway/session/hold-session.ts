// The way of a session, from the engine's answer to the handshake on: the decision is on disk, and nothing of the caller's was
// said yet. It is one request of the ledger. If we crash before its outcome is on disk, the log's next opening says `unknown`.
import { closeCodes, type Messages, protocolsIn } from "../../websocket/index.ts";
import type { SessionAnswer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { CallerGoneError } from "../exchange/gateway-error.ts";
import { answerHeaders } from "../reply/answer-headers.ts";
import { outcomeOf } from "../reply/outcome.ts";
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
  exchange.throwIfStopped();
  exchange.progress.status = 101;
  const caller = acceptCaller(exchange);
  const relay = new SessionRelay(exchange, { caller, answer, request });
  const unwatch = watch(exchange, { answer, request, relay });
  let code: number;
  try {
    code = await relay.run();
  } catch (error) {
    // First, so that not one word more gets there.
    answer.session.destroy();
    throw await answer.failed(toldAs(error, answer.attempt));
  } finally {
    unwatch();
    relay.noteUsage();
  }
  void answer.session.close(closeCodes.normal, "");
  await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.progress.isTaken = await caller.close(code, "");
}

/** Answers 101: from here on an error can only be an event. */
function acceptCaller(exchange: Exchange): Messages {
  const { arrival, cell, head } = exchange;
  const caller = arrival.channel.session?.({
    headers: answerHeaders(exchange),
    protocol: protocolsIn(head.headers).find((name) => name === protocol) ?? null,
    maxMessageBytes: cell.limits.maxEventBytes,
    stallMs: cell.limits.idleTimeoutMs,
    memory: cell.bytesInFlight,
  });
  if (!caller) throw new CallerGoneError();
  return caller;
}

/** What pages must offer beside their key (developers.openai.com/api/docs/guides/realtime-websocket); nobody else offers any. */
const protocol = "realtime";

interface Watched {
  readonly answer: SessionAnswer;
  readonly request: SessionRequest;
  readonly relay: SessionRelay;
}

/** What may end it from outside, until the function that is returned is called. */
function watch(exchange: Exchange, { answer, request, relay }: Watched): () => void {
  const { endpoint } = answer.attempt;
  const fail = (error: Error): void => relay.fail(error);
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
      tellDraining: () => relay.tellDraining(),
    }),
  ];
  return () => ends.forEach((end) => end());
}
