import {
  type EngineOperation,
  type RequestView,
  type ScannedObject,
  scanJsonObject,
} from "../../wire/index.ts";
import type { RequestHead, Soon } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { holdBytes } from "../exchange/held-bytes.ts";
import { announcedBytes, announcesBody, headerOf } from "../exchange/request-headers.ts";

/** To read a body of so many bytes takes a fraction of a millisecond, whatever it holds; then the next piece may follow at once. */
const shortBytes = 64 * 1024;

/** Reads the body: the first moment at which anything but headers is taken from the caller. */
export function readView(exchange: Exchange, operation: EngineOperation): Soon<RequestView> {
  const { arrival, cell, head } = exchange;
  const { maxBodyBytes } = cell.limits;
  checkAnnouncement(head);
  holdBytes(exchange, Math.min(announcedBytes(head) ?? maxBodyBytes, maxBodyBytes));
  const body = arrival.channel.body(maxBodyBytes, exchange);
  if (body instanceof Promise || body.length > shortBytes) return readInTurns(exchange, operation, body);
  return taken(exchange, operation.read(body, scan(exchange, body)));
}

async function readInTurns(
  exchange: Exchange,
  operation: EngineOperation,
  coming: Soon<Uint8Array>,
): Promise<RequestView> {
  const body = await coming;
  const isLong = body.length > shortBytes;
  if (isLong) await othersTurn();
  const members = scan(exchange, body);
  if (isLong) await othersTurn();
  const view = operation.read(body, members);
  if (isLong) await othersTurn();
  return taken(exchange, view);
}

function scan({ cell }: Exchange, body: Uint8Array): ScannedObject {
  const { maxBodyValues: maxValues, maxBodyNames: maxNames } = cell.limits;
  return scanJsonObject(body, { maxValues, maxNames });
}

function taken({ progress }: Exchange, view: ReturnType<EngineOperation["read"]>): RequestView {
  if (!view.ok) throw invalid(view.error.param, view.error.message);
  progress.isStream = view.value.wantsEvents;
  return view.value;
}

function checkAnnouncement(head: RequestHead): void {
  if (!announcesBody(head)) throw invalid(null, "the request has no body; expected a JSON object");
  const mediaType = headerOf(head, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/json")
    throw unsupported("content-type", "`content-type` must be `application/json`");
  const encoding = headerOf(head, "content-encoding") ?? "identity";
  if (encoding !== "identity")
    throw unsupported("content-encoding", "`content-encoding` must be absent or `identity`");
}

/** INVARIANT: liveness, legal events and the end of the process wait for one piece of work on a long body, not for all of it. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function unsupported(param: string, message: string): GatewayError {
  return new GatewayError("caller_unsupported_media_type", message, { param });
}

function invalid(param: string | null, message: string): GatewayError {
  return new GatewayError("caller_invalid_request", message, param === null ? {} : { param });
}
