import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError } from "../exchange/gateway-error.ts";

interface Sockets {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Reading {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** The whole body, bounded. A caller that waits for `100 Continue` (RFC 9110 §10.1.1) is told to send it. */
export async function readBody({ request, response }: Sockets, reading: Reading): Promise<Uint8Array> {
  const { maxBytes } = reading;
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (request.headers.expect?.toLowerCase() === "100-continue") response.writeContinue();
  return collect(request, reading);
}

/** By events, since a paused stream that is given up half-way must be left as it is, not destroyed with its socket. */
function collect(request: IncomingMessage, { maxBytes, signal }: Reading): Promise<Uint8Array> {
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

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("caller_body_too_large", `the body is larger than ${maxBytes} bytes`);
}
