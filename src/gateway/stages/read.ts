import type { IncomingMessage } from "node:http";
import { type ChatRequest, parseChatRequest } from "../../wire/index.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { readRequestBody } from "../read-body.ts";
import { announcesBody, headerOf } from "../request-headers.ts";

/** Reads the body: the first moment at which anything but headers is taken from the caller. */
export async function readChat(exchange: Exchange): Promise<ChatRequest> {
  checkAnnouncement(exchange.arrival.request);
  const body = await readRequestBody(exchange, exchange.cell.limits.maxBodyBytes);
  const chat = parseChatRequest(body);
  if (!chat.ok) throw invalid(chat.error.param, chat.error.message);
  exchange.progress.isStream = chat.value.isStream;
  return chat.value;
}

function checkAnnouncement(request: IncomingMessage): void {
  if (!announcesBody(request)) throw invalid(null, "the request has no body; expected a JSON object");
  const mediaType = headerOf(request, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/json")
    throw invalid("content-type", "`content-type` must be `application/json`");
  const encoding = headerOf(request, "content-encoding") ?? "identity";
  if (encoding !== "identity")
    throw invalid("content-encoding", "`content-encoding` must be absent or `identity`");
}

function invalid(param: string | null, message: string): GatewayError {
  return new GatewayError("caller_invalid_request", message, param === null ? {} : { param });
}
