import type { EventsHead, EventSink, WholeAnswer } from "../exchange/channel.ts";
import type { ServedRequest } from "../exchange/served-request.ts";
import { answerHeaders } from "./answer-headers.ts";

/**
 * Answers in one piece, with what every answer says of its way. Resolves when the caller's connection took it, or the
 * caller counts as gone: until then the request is under way, and holds what it was admitted by.
 */
export function writeAnswer(
  exchange: ServedRequest,
  { status, headers, body }: Pick<WholeAnswer, "status" | "headers" | "body">,
): Promise<void> {
  const { arrival, cell, progress } = exchange;
  const { isDraining } = cell.life;
  progress.status = status;
  const given = arrival.channel.answer({
    status,
    headers: Object.assign(answerHeaders(exchange), headers),
    body,
    isLast: isDraining || arrival.channel.isCrowded,
    idleTimeoutMs: cell.limits.idleTimeoutMs,
  });
  return given.then((isTaken) => {
    progress.isTaken = isTaken;
  });
}

/** Sends status and headers. From here on an error can only be an event. */
export function openEvents(exchange: ServedRequest): EventSink {
  return open(exchange, {});
}

/** The same for the bytes of a file: from here on an error can only be the end of the connection. */
export function openFile(exchange: ServedRequest): EventSink {
  return open(exchange, { contentType: "application/octet-stream" });
}

function open(exchange: ServedRequest, kind: Pick<EventsHead, "contentType">): EventSink {
  const { arrival, cell } = exchange;
  return arrival.channel.events({
    ...kind,
    headers: answerHeaders(exchange),
    isLast: cell.life.isDraining,
    request: exchange,
    idleTimeoutMs: cell.limits.idleTimeoutMs,
  });
}
