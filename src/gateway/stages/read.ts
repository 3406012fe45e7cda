import { handshakeFault } from "../../websocket/index.ts";
import {
  boundaryOf,
  type EngineOperation,
  type FormOperation,
  type JsonOperation,
  type RequestView,
  scanForm,
  scanJsonObject,
  type SessionOperation,
} from "../../wire/index.ts";
import type { RequestHead, Soon } from "../exchange/channel.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { holdBytes } from "../exchange/held-bytes.ts";
import { announcedBytes, announcesBody, headerOf, queryOf } from "../exchange/request-headers.ts";

/** To read a body of so many bytes takes a fraction of a millisecond, whatever it holds; then the next piece may follow at once. */
const shortBytes = 64 * 1024;

/** Reads the body: the first moment at which anything but headers is taken from the caller. */
export function readView(exchange: Exchange, operation: EngineOperation): Soon<RequestView> {
  const { arrival, cell, head } = exchange;
  const { maxBodyBytes } = cell.limits;
  if (operation.body === "events") return readHandshake(exchange, operation);
  const scan = scanOf(exchange, operation);
  holdBytes(exchange, Math.min(announcedBytes(head) ?? maxBodyBytes, maxBodyBytes));
  const body = arrival.channel.body(maxBodyBytes, exchange);
  if (body instanceof Promise || body.length > shortBytes) return readInTurns(exchange, scan, body);
  return taken(exchange, scan(body)());
}

/** A session has no body, but events that come when it is open. */
function readHandshake(exchange: Exchange, operation: SessionOperation): RequestView {
  const { head, arrival } = exchange;
  const fault = handshakeFault(head) ?? (announcesBody(head) ? "it has a body" : null);
  if (fault !== null || !arrival.channel.session) {
    const message = `\`${operation.path}\` is opened by a WebSocket's handshake (RFC 6455 §4.1), and this is none: ${fault}`;
    const headers = { "sec-websocket-version": "13" };
    throw new GatewayError("caller_invalid_request", message, { headers });
  }
  return taken(exchange, operation.read(Array.from(queryOf(head))));
}

/** Finds where things stand in a body; what that returns reads them, which is a piece of work of its own. */
type Scan = (body: Uint8Array) => () => ReturnType<JsonOperation["read"]>;

/** Throws for a body that is announced as another one than the operation's. */
function scanOf({ cell, head }: Exchange, operation: JsonOperation | FormOperation): Scan {
  const { body: kind } = operation;
  if (!announcesBody(head))
    throw invalid(null, `the request has no body; expected a ${kind === "json" ? "JSON object" : "form"}`);
  const contentType = headerOf(head, "content-type") ?? "";
  checkEncoding(head);
  if (kind === "multipart") return formScan(operation, contentType);
  if (contentType.split(";", 1)[0]?.trim().toLowerCase() !== "application/json")
    throw unsupported("content-type", "`content-type` must be `application/json`");
  const { maxBodyValues: maxValues, maxBodyNames: maxNames } = cell.limits;
  return (body) => {
    const members = scanJsonObject(body, { maxValues, maxNames });
    return () => operation.read(body, members);
  };
}

function formScan(operation: FormOperation, contentType: string): Scan {
  const boundary = boundaryOf(contentType);
  if (boundary === null)
    throw unsupported(
      "content-type",
      "`content-type` must be `multipart/form-data` with one `boundary` of RFC 2046, as clients write it by themselves",
    );
  return (body) => {
    const scanned = scanForm(body, boundary);
    return () => operation.read(body, { boundary, scanned });
  };
}

async function readInTurns(exchange: Exchange, scan: Scan, coming: Soon<Uint8Array>): Promise<RequestView> {
  const body = await coming;
  const isLong = body.length > shortBytes;
  if (isLong) await othersTurn();
  const read = scan(body);
  if (isLong) await othersTurn();
  const view = read();
  if (isLong) await othersTurn();
  return taken(exchange, view);
}

function taken({ progress }: Exchange, view: ReturnType<EngineOperation["read"]>): RequestView {
  if (!view.ok) throw invalid(view.error.param, view.error.message);
  progress.isStream = view.value.wantsEvents;
  return view.value;
}

function checkEncoding(head: RequestHead): void {
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
