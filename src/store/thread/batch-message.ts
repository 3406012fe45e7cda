// How the appends of one event-loop turn travel to the ledger thread: as one buffer, which is moved and not copied.
//
//   message = (u32 length | 17 bytes pairing, as effect-bytes.ts has it | entry)*
import { effectBytes, readEffect, writeEffect } from "../log/effect-bytes.ts";
import type { Pairing } from "../log/pairing-kind.ts";

const headBytes = 4 + effectBytes;

/** An entry on its way to the log, with how it takes part in its request. */
export interface PairedEntry {
  readonly entry: Uint8Array;
  readonly pairing: Pairing;
}

/** What the entry adds to a message. */
export function messageBytes({ entry }: PairedEntry): number {
  return headBytes + entry.length;
}

export function encodeMessage(entries: readonly PairedEntry[]): ArrayBuffer {
  const message = Buffer.from(
    new ArrayBuffer(entries.reduce((total, each) => total + messageBytes(each), 0)),
  );
  let offset = 0;
  for (const { entry, pairing } of entries) {
    message.writeUInt32BE(entry.length, offset);
    writeEffect(message, offset + 4, pairing);
    message.set(entry, offset + headBytes);
    offset += headBytes + entry.length;
  }
  return message.buffer;
}

/** The entries are views into the message. */
export function decodeMessage(buffer: ArrayBuffer): PairedEntry[] {
  const message = Buffer.from(buffer);
  const entries: PairedEntry[] = [];
  for (let offset = 0; offset < message.length;) {
    const start = offset + headBytes;
    const end = start + message.readUInt32BE(offset);
    const pairing = readEffect(message, offset + 4);
    if (pairing === null || pairing.kind === "ends") throw new TypeError("no caller may end the log");
    entries.push({ entry: message.subarray(start, end), pairing });
    offset = end;
  }
  return entries;
}
