import { OpenCall } from "./open-call.ts";

/** For all of it: a processor that is asked by many at once may take seconds. */
export const attestationTimeoutMs = 10_000;
const maxBytes = 64 * 1024;

/**
 * Asks for the evidence over one connection, before anything else goes over it. Carries nothing of a caller's. Null for all but a
 * whole answer with status 200, in time, of at most 64 KiB. Never rejects.
 */
export function askForEvidence(head: string, take: (call: OpenCall) => void): Promise<Uint8Array | null> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
  const pieces: Uint8Array[] = [];
  let length = 0;
  const giveUp = (): void => {
    call.cancel();
    resolve(null);
  };
  const message = {
    head,
    body: [],
    departure: null,
    headersTimeoutMs: attestationTimeoutMs,
    idleTimeoutMs: attestationTimeoutMs,
  };
  const call = new OpenCall(message, {
    onHead: (status) => {
      if (status !== 200) giveUp();
    },
    onBytes(bytes) {
      length += bytes.length;
      if (length > maxBytes) giveUp();
      else pieces.push(Uint8Array.from(bytes));
    },
    onEnd: () => resolve(Buffer.concat(pieces)),
    onFailure: () => resolve(null),
  });
  // One that says a byte now and then is never idle.
  const timer = setTimeout(giveUp, attestationTimeoutMs).unref();
  take(call);
  return promise.finally(() => clearTimeout(timer));
}
