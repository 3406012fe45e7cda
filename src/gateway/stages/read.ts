import { type EngineOperation, type RequestView, scanJsonObject } from "../../wire/index.ts";
import type { RequestHead } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { holdBytes } from "../exchange/held-bytes.ts";
import { announcedBytes, announcesBody, headerOf } from "../exchange/request-headers.ts";

/** Reads the body: the first moment at which anything but headers is taken from the caller. */
export async function readView(exchange: Exchange, operation: EngineOperation): Promise<RequestView> {
  const { arrival, cell, head, signal, progress } = exchange;
  const { maxBodyBytes, maxBodyValues, maxBodyNames } = cell.limits;
  checkAnnouncement(head);
  holdBytes(exchange, Math.min(announcedBytes(head) ?? maxBodyBytes, maxBodyBytes));
  const body = await arrival.channel.body(maxBodyBytes, signal);
  await othersTurn();
  const members = scanJsonObject(body, { maxValues: maxBodyValues, maxNames: maxBodyNames });
  await othersTurn();
  const view = operation.read(body, members);
  await othersTurn();
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

/** INVARIANT: liveness, legal events and the end of the process wait for one piece of work on a body, not for all of it. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function unsupported(param: string, message: string): GatewayError {
  return new GatewayError("caller_unsupported_media_type", message, { param });
}

function invalid(param: string | null, message: string): GatewayError {
  return new GatewayError("caller_invalid_request", message, param === null ? {} : { param });
}
