// Amazon's framing of streams, `application/vnd.amazon.eventstream`: length, headers, payload, and two checksums in each
// message (smithy.io/2.0/aws/amazon-eventstream.html).
import { crc32 } from "node:zlib";
import { decodeUtf8, isObject, parseJson } from "../../base/index.ts";

export interface Frame {
  /** Those that are texts; all of Bedrock's are. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

export interface StreamException {
  /** Letters; empty where the message says no such name. */
  readonly name: string;
  readonly message: string;
}

/** What ends the stream, where the message is no event: an exception of the API's, or an error of whoever carries it. */
export function exceptionIn({ headers, payload }: Frame): StreamException | null {
  if (headers.get(":message-type") === "event") return null;
  const written = headers.get(":exception-type") ?? headers.get(":error-code") ?? "";
  const name = /^[A-Za-z]+$/.test(written) ? written : "";
  const body = parseJson(decodeUtf8(payload) ?? "");
  const told = isObject(body) ? body["message"] : null;
  return { name, message: typeof told === "string" ? told : (headers.get(":error-message") ?? name) };
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
export class FrameReader {
  readonly #maxFrameBytes: number;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  /** Fewer hold no message, or not its length. What has come is joined when it is as much, and not with each read. */
  #awaitedBytes = preludeBytes;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** A message has begun and not ended. */
  get isAmid(): boolean {
    return this.#heldBytes > 0;
  }

  /**
   * The messages that `bytes`, which are copied, complete, to be taken before the next push. Throws {@link FramingError} behind
   * those that are whole; then the reader is spent.
   */
  *push(bytes: Uint8Array): Generator<Frame, void, undefined> {
    this.#pieces.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
    if (this.#heldBytes < this.#awaitedBytes) return;
    for (let held = Buffer.concat(this.#pieces); ;) {
      const length = frameLength(held, this.#maxFrameBytes);
      if (length === null || held.length < length) {
        this.#pieces = [held];
        this.#heldBytes = held.length;
        this.#awaitedBytes = length ?? preludeBytes;
        return;
      }
      yield readFrame(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
}

/** Null before it has come. INVARIANT: no length is believed before its checksum. */
function frameLength(held: Buffer, maxFrameBytes: number): number | null {
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
