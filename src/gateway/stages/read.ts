import type { IncomingMessage } from "node:http";
import { type ChatRequest, parseChatRequest } from "../../wire/index.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { announcesBody, headerOf } from "../request-headers.ts";

/** Reads the body: the first moment at which anything but headers is taken from the caller. */
export async function readChat(exchange: Exchange): Promise<ChatRequest> {
  const { request, response, expectsContinue } = exchange.arrival;
  const { maxBodyBytes } = exchange.cell.limits;
  checkAnnouncement(request, maxBodyBytes);
  if (expectsContinue) response.writeContinue();
  const body = await collect(exchange, maxBodyBytes);
  exchange.progress.hasReadBody = true;
  const chat = parseChatRequest(body);
  if (!chat.ok) throw invalid(chat.error.param, chat.error.message);
  exchange.progress.isStream = chat.value.isStream;
  return chat.value;
}

function checkAnnouncement(request: IncomingMessage, maxBodyBytes: number): void {
  if (!announcesBody(request)) throw invalid(null, "the request has no body; expected a JSON object");
  const mediaType = headerOf(request, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/json")
    throw invalid("content-type", "`content-type` must be `application/json`");
  const encoding = headerOf(request, "content-encoding") ?? "identity";
  if (encoding !== "identity")
    throw invalid("content-encoding", "`content-encoding` must be absent or `identity`");
  if (Number(headerOf(request, "content-length") ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
}

/** By events, since a paused stream that is given up half-way must be left as it is, not destroyed with its socket. */
function collect({ arrival: { request }, signal }: Exchange, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > maxBytes) reject(tooLarge(maxBytes));
    else chunks.push(chunk);
  };
  const onEnd = (): void => resolve(Buffer.concat(chunks));
  const onStop = (): void => reject(signal.reason);
  request.on("data", onData).on("end", onEnd).on("error", leaveToSignal);
  signal.addEventListener("abort", onStop, { once: true });
  if (signal.aborted) onStop();
  return promise.finally(() => {
    request.pause().off("data", onData).off("end", onEnd);
    signal.removeEventListener("abort", onStop);
  });
}

/** The connection broke: as its response closes, the exchange is stopped, with the reason. */
function leaveToSignal(): void {}

function tooLarge(maxBodyBytes: number): GatewayError {
  return new GatewayError("caller_body_too_large", `the body is larger than ${maxBodyBytes} bytes`);
}

function invalid(param: string | null, message: string): GatewayError {
  return new GatewayError("caller_invalid_request", message, param === null ? {} : { param });
}
