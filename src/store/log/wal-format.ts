// The bytes of the write-ahead log (docs/spec/write-ahead-log.md): batches of entries, each written and synced as one.
//
//   batch = frame* | 0xff* | ff ff ff ff | u64 index of its first entry | running SHA-256
//   frame = u32 length | u64 index | 17 bytes effect | first 8 bytes of the leaf hash | entry
//
// A batch starts and ends on a sector boundary and has no sector of zeros, and the next one is written only after it
// was synced. So after a crash each sector of the last batch is either as written or still zero, and every other
// picture is damage that no crash explains.
import { encodeUtf8 } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { leafHash, maxEntryBytes } from "../../ledger/index.ts";
import { effectBytes, readEffect, writeEffect } from "./effect-bytes.ts";
import type { Effect } from "./pairing.ts";

/** What a disk writes whole or not at all. Larger physical sectors are multiples of it. */
export const sectorBytes = 512;

/** An entry with its hash, computed once, and with what it does to the log, so that a replay need not parse it. */
export interface LogRecord {
  readonly entry: Uint8Array;
  readonly hash: Uint8Array;
  readonly effect: Effect;
}

/** The place where the next batch goes. */
export interface Cursor {
  readonly offset: number;
  readonly index: number;
  /** Covers everything before in this segment. */
  readonly running: Uint8Array;
}

export interface Segment {
  readonly records: readonly LogRecord[];
  readonly end: Cursor;
  /** The last batch was cut short by a crash. Nobody was told that it is durable. */
  readonly isTorn: boolean;
}

/** Bytes in a segment changed after they were durable, or before them was something that is gone now. */
export class WalDamageError extends Error {
  constructor(path: string, offset: number, reason: string) {
    super(
      `\`${path}\` is damaged at byte ${offset}: ${reason}; the log stays closed, ` +
        `for acknowledged entries may be lost: restore the file or take the cell out of service`,
    );
    this.name = "WalDamageError";
  }
}

const hashPrefixBytes = 8;
const headerBytes = 4 + 8 + effectBytes + hashPrefixBytes;
const trailerBytes = 44;
const endOfFrames = 0xffffffff;

/** Segments are bound to their log and place: a file under another name or from another log does not verify. */
export function startOfSegment(origin: string, index: number): Cursor {
  return { offset: 0, index, running: sha256(encodeUtf8(`bailiwick wal v1\n${origin}\n${index}\n`)) };
}

export function toRecord(entry: Uint8Array, effect: Effect): LogRecord {
  return { entry, hash: leafHash(sha256, entry), effect };
}

/** What `entry` takes in a batch, apart from the end of the batch. */
export function frameBytes(entry: Uint8Array): number {
  return headerBytes + entry.length;
}

export function encodeBatch(at: Cursor, records: readonly LogRecord[]): { bytes: Uint8Array; end: Cursor } {
  const framesLength = records.reduce((total, { entry }) => total + frameBytes(entry), 0);
  const bytes = Buffer.alloc(batchLength(framesLength), 0xff);
  let offset = 0;
  for (const [position, record] of records.entries()) {
    offset = writeFrame(bytes, offset, { index: at.index + position, record });
  }
  const trailer = bytes.length - trailerBytes;
  bytes.writeBigUInt64BE(BigInt(at.index), trailer + 4);
  const running = runningHash(at, bytes);
  bytes.set(running, trailer + 12);
  return { bytes, end: { offset: at.offset + bytes.length, index: at.index + records.length, running } };
}

/** Reads a segment from its start. Throws {@link WalDamageError} for whatever a crash cannot have done. */
export function readSegment(path: string, bytes: Uint8Array, start: Cursor): Segment {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: LogRecord[] = [];
  let at = start;
  for (;;) {
    const batch = readBatch(view, at);
    if (batch === null) break;
    for (const record of batch.records) records.push(record);
    at = batch.end;
  }
  return { records, end: at, isTorn: isTorn(path, view, at) };
}

function writeFrame(
  bytes: Buffer,
  offset: number,
  { index, record }: { readonly index: number; readonly record: LogRecord },
): number {
  const start = offset + headerBytes;
  bytes.writeUInt32BE(record.entry.length, offset);
  bytes.writeUInt32BE(Math.floor(index / 2 ** 32), offset + 4);
  bytes.writeUInt32BE(index % 2 ** 32, offset + 8);
  bytes.fill(0, offset + 12, start);
  writeEffect(bytes, offset + 12, record.effect);
  // Byte by byte, here and where it is read: views of eight bytes cost more than the copy.
  for (let at = 0; at < hashPrefixBytes; at++) bytes[start - hashPrefixBytes + at] = record.hash[at] ?? 0;
  bytes.set(record.entry, start);
  return start + record.entry.length;
}

/** Null when the bytes at the cursor are not one whole, valid batch. */
function readBatch(bytes: Buffer, at: Cursor): { records: readonly LogRecord[]; end: Cursor } | null {
  const records: LogRecord[] = [];
  let offset = at.offset;
  for (let frame = readFrame(bytes, offset); frame !== null; frame = readFrame(bytes, offset)) {
    if (frame.index !== at.index + records.length) return null;
    records.push(frame.record);
    offset += frameBytes(frame.record.entry);
  }
  const end = at.offset + batchLength(offset - at.offset);
  if (records.length === 0 || end > bytes.length) return null;
  const batch = bytes.subarray(at.offset, end);
  const running = runningHash(at, batch);
  const filled = batch.subarray(offset - at.offset, batch.length - trailerBytes + 4);
  const isWhole =
    filled.equals(filler.subarray(0, filled.length)) && batch.subarray(-running.length).equals(running);
  return isWhole ? { records, end: { offset: end, index: at.index + records.length, running } } : null;
}

/** As much as a batch can need, with the mark at its end. */
const filler = Buffer.alloc(sectorBytes + 4, 0xff);

/** The frames are followed by as much filler as puts the end of the trailer on a sector boundary. */
function batchLength(framesLength: number): number {
  return Math.ceil((framesLength + trailerBytes) / sectorBytes) * sectorBytes;
}

function runningHash(at: Cursor, batch: Uint8Array): Uint8Array {
  return sha256(at.running, batch.subarray(0, batch.length - 32));
}

/** Null at the end of a batch's frames and for everything that is no frame. */
function readFrame(bytes: Buffer, offset: number): { index: number; record: LogRecord } | null {
  const start = offset + headerBytes;
  if (start > bytes.length) return null;
  const length = bytes.readUInt32BE(offset);
  if (length === 0 || length > maxEntryBytes || start + length > bytes.length) return null;
  const effect = readEffect(bytes, offset + 12);
  if (effect === null) return null;
  const record = toRecord(bytes.subarray(start, start + length), effect);
  for (let at = 0; at < hashPrefixBytes; at++) {
    if (record.hash[at] !== bytes[start - hashPrefixBytes + at]) return null;
  }
  return { index: bytes.readUInt32BE(offset + 4) * 2 ** 32 + bytes.readUInt32BE(offset + 8), record };
}

/**
 * Whether there is a torn batch at the cursor, where no valid one is; false when nothing was written there. A batch
 * after the bad one shows that this one had been synced, and a batch that has its end and no unwritten sector was
 * written in full: both were acknowledged perhaps, so both are damage.
 */
function isTorn(path: string, bytes: Buffer, at: Cursor): boolean {
  const sectors = sectorsFrom(bytes, at.offset);
  const written = sectors.findLastIndex((sector) => !isZero(sector)) + 1;
  const ends = sectors
    .slice(0, written)
    .flatMap((sector, order) => (endsBatch(sector, at) ? [order + 1] : []));
  if (ends.some((end) => end < written)) throw damage(path, at, "a batch follows that does not verify");
  const hasHole = sectors.slice(0, written).some(isZero);
  const [end] = ends;
  if (end !== undefined && (!hasHole || !startsAt(sectors[end - 1], at))) {
    throw damage(path, at, "a batch was written in full and does not verify");
  }
  return written > 0;
}

function damage(path: string, { offset }: Cursor, reason: string): WalDamageError {
  return new WalDamageError(path, offset, reason);
}

function sectorsFrom(bytes: Buffer, offset: number): readonly Buffer[] {
  const count = Math.ceil((bytes.length - offset) / sectorBytes);
  return Array.from({ length: count }, (_, order) =>
    bytes.subarray(offset + order * sectorBytes, offset + (order + 1) * sectorBytes),
  );
}

const zeroSector = Buffer.alloc(sectorBytes);

function isZero(sector: Buffer): boolean {
  return sector.equals(zeroSector);
}

/** One flipped byte can spoil the mark or the index, not both. UTF-8 text has no byte 0xff. */
function endsBatch(sector: Buffer, at: Cursor): boolean {
  return sector.readUInt32BE(sectorBytes - trailerBytes) === endOfFrames || startsAt(sector, at);
}

function startsAt(sector: Buffer | undefined, at: Cursor): boolean {
  return sector?.readBigUInt64BE(sectorBytes - trailerBytes + 4) === BigInt(at.index);
}
