// Gives a whole answer to a caller at the caller's pace, and no slower than it may be.
import type { Connection } from "./connection.ts";

/** So much may be taken within the idle limit by whoever takes anything at all. */
const sliceBytes = 64 * 1024;

/**
 * Head and body, the beginning of both in one write. Resolves with whether the connection took all of it; a caller that
 * takes nothing for too long counts as gone: its connection is destroyed, so that it holds neither our memory nor its
 * tenant's turn.
 */
export function giveAll(
  connection: Connection,
  { head, body }: { readonly head: string; readonly body: Uint8Array },
  idleTimeoutMs: number,
): Promise<boolean> {
  if (body.length <= sliceBytes) return connection.give(inOne(head, body), idleTimeoutMs);
  const first = connection.give(inOne(head, body.subarray(0, sliceBytes)), idleTimeoutMs);
  return giveRest(connection, { first, body }, idleTimeoutMs);
}

async function giveRest(
  connection: Connection,
  { first, body }: { readonly first: Promise<boolean>; readonly body: Uint8Array },
  idleTimeoutMs: number,
): Promise<boolean> {
  if (!(await first)) return false;
  for (let at = sliceBytes; at < body.length; at += sliceBytes) {
    if (!(await connection.give(body.subarray(at, at + sliceBytes), idleTimeoutMs))) return false;
  }
  return true;
}

/** Copying so little costs less than a second system call, or a second buffer in one. */
export function inOne(head: string, body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, "latin1");
  bytes.set(body, head.length);
  return bytes;
}
