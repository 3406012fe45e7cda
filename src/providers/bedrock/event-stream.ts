// Amazon's framing of streams, `application/vnd.amazon.eventstream`: length, headers, payload, and two checksums in each
// message (smithy.io/2.0/aws/amazon-eventstream.html).
import { crc32 } from "node:zlib";

export interface Frame {
  /** Those that are texts; all of Bedrock's are. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

/** What came is no stream of such messages, or is damaged. It quotes nothing. */
export class FramingError extends Error {
  constructor(reason: string) {
    super(`event stream: ${reason}`);
    this.name = "FramingError";
  }
}

const preludeBytes = 12;
const checksumBytes = 4;
/** A message has 24 MiB at most: 16 of payload by the specification, and room for what services make of that. */
const maxFrameBytes = 24 * 1024 * 1024;

export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** A message has begun and not ended. */
  get isAmid(): boolean {
    return this.#held.length > 0;
  }

  /** The messages that `bytes` complete. Throws {@link FramingError}; then the reader is spent. */
  push(bytes: Uint8Array): readonly Frame[] {
    this.#held = Buffer.concat([this.#held, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      const length = frameLength(this.#held);
      if (length === null || this.#held.length < length) return frames;
      frames.push(readFrame(this.#held.subarray(0, length)));
      this.#held = this.#held.subarray(length);
    }
  }
}

/** Null before it has come. INVARIANT: no length is believed before its checksum. */
function frameLength(held: Buffer): number | null {
  if (held.length < preludeBytes) return null;
  if (crc32(held.subarray(0, 8)) !== held.readUInt32BE(8)) throw new FramingError("a prelude is damaged");
  const length = held.readUInt32BE(0);
  const least = preludeBytes + held.readUInt32BE(4) + checksumBytes;
  if (length < least || length > maxFrameBytes) throw new FramingError("a length that no message has");
  return length;
}

function readFrame(frame: Buffer): Frame {
  const end = frame.length - checksumBytes;
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end))
    throw new FramingError("a message is damaged");
  const payloadAt = preludeBytes + frame.readUInt32BE(4);
  return {
    headers: readHeaders(frame.subarray(preludeBytes, payloadAt)),
    payload: frame.subarray(payloadAt, end),
  };
}

const textType = 7;
/** By type: true, false, byte, short, integer, long, (bytes and texts say it themselves), timestamp, UUID. */
const lengths: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  try {
    for (let at = 0; at < bytes.length;) {
      const nameEnd = at + 1 + bytes.readUInt8(at);
      const type = bytes.readUInt8(nameEnd);
      const fixed = lengths.get(type);
      const start = nameEnd + 1 + (fixed === undefined ? 2 : 0);
      const end = start + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
      if (end > bytes.length) throw new RangeError();
      if (type === textType)
        headers.set(bytes.toString("utf8", at + 1, nameEnd), bytes.toString("utf8", start, end));
      at = end;
    }
  } catch {
    throw new FramingError("headers that are none");
  }
  return headers;
}
