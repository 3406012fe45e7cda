// Gives bytes to a caller at the caller's pace, and no slower than it may be.
import type { ServerResponse } from "node:http";
import { CallerGoneError } from "../exchange/gateway-error.ts";

/** So much may be taken within the idle limit by whoever takes anything at all. */
const sliceBytes = 64 * 1024;

/** Resolves when there is room for more. Rejects with CallerGoneError when the caller takes nothing for too long, or leaves. */
export function untilDrained(response: ServerResponse, idleTimeoutMs: number): Promise<void> {
  return within(response, idleTimeoutMs, (resolve) => {
    response.once("drain", resolve);
    return () => response.off("drain", resolve);
  });
}

/**
 * Ends the answer with `bytes`. Resolves with whether the connection took all of it; a caller that takes nothing for too
 * long counts as gone: its socket is destroyed, so that it holds neither our memory nor its tenant's turn.
 */
export async function giveRest(
  response: ServerResponse,
  bytes: Uint8Array,
  idleTimeoutMs: number,
): Promise<boolean> {
  if (response.destroyed) return false;
  try {
    let at = 0;
    for (; bytes.length - at > sliceBytes; at += sliceBytes) {
      if (!response.write(bytes.subarray(at, at + sliceBytes))) await untilDrained(response, idleTimeoutMs);
    }
    response.end(bytes.subarray(at));
    await untilFinished(response, idleTimeoutMs);
    return true;
  } catch (error) {
    if (!(error instanceof CallerGoneError)) throw error;
    response.destroy();
    return false;
  }
}

function untilFinished(response: ServerResponse, idleTimeoutMs: number): Promise<void> {
  if (response.writableFinished) return Promise.resolve();
  return within(response, idleTimeoutMs, (resolve) => {
    response.once("finish", resolve);
    return () => response.off("finish", resolve);
  });
}

async function within(
  response: ServerResponse,
  idleTimeoutMs: number,
  listen: (resolve: () => void) => () => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Node closes an answer as soon as it is finished, before whoever waits for that goes on.
  let isOver = false;
  const giveUp = (): void => void (isOver || reject(new CallerGoneError()));
  const unlisten = listen(() => {
    isOver = true;
    resolve();
  });
  const timer = setTimeout(giveUp, idleTimeoutMs);
  response.once("close", giveUp);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    unlisten();
    response.off("close", giveUp);
  }
}
