// How the appends of one event-loop turn travel to the ledger thread: as one buffer, which is moved and not copied.
//
//   message = (u32 length | u8 pairing | 16 bytes request id, zeros for `none` | entry)*
import { fromHex, type RequestId, toHex } from "../base/index.ts";
import type { Pairing } from "./ledger.ts";

const ridBytes = 16;
const headBytes = 4 + 1 + ridBytes;
const pairings = ["none", "opens", "closes", "within"] as const satisfies readonly Pairing["kind"][];

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
    message.writeUInt8(pairings.indexOf(pairing.kind), offset + 4);
    if (pairing.kind !== "none") message.set(fromHex(pairing.rid) ?? [], offset + 5);
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
    const kind = pairings[message.readUInt8(offset + 4)] ?? "none";
    const rid = toHex(message.subarray(offset + 5, start)) as RequestId;
    entries.push({
      entry: message.subarray(start, end),
      pairing: kind === "none" ? { kind } : { kind, rid },
    });
    offset = end;
  }
  return entries;
}
