import { GatewayError } from "./gateway-error.ts";
import type { Exchange } from "./exchange.ts";

/**
 * The whole body, bounded: the first moment at which anything but headers is taken from the caller. By events, since a
 * paused stream that is given up half-way must be left as it is, not destroyed with its socket.
 */
export async function readRequestBody(exchange: Exchange, maxBytes: number): Promise<Uint8Array> {
  const { request, response, expectsContinue } = exchange.arrival;
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (expectsContinue) response.writeContinue();
  const body = await collect(exchange, maxBytes);
  exchange.progress.hasReadBody = true;
  return body;
}

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

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("caller_body_too_large", `the body is larger than ${maxBytes} bytes`);
}
