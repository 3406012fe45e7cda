// The bytes of a provider's log, whether they are compressed or not, at the reader's pace.
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BrokenJsonError, JsonRecords } from "./json-records.ts";

/** RFC 1952 §2.3.1. */
const gzipMagic = [0x1f, 0x8b];

/** The records of one stream, those of one read together. After those before, it throws BrokenJsonError, and what the stream fails with. */
export async function* readRecords(
  stream: AsyncIterable<Uint8Array>,
  wrapper: string,
): AsyncGenerator<readonly Uint8Array[], void> {
  const records = new JsonRecords(wrapper);
  for await (const bytes of uncompressed(stream)) {
    yield records.push(bytes);
    if (records.fault !== null) throw records.fault;
  }
  records.end();
}

async function* uncompressed(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reading = stream[Symbol.asyncIterator]();
  const first = await firstBytes(reading);
  const isCompressed = gzipMagic.every((byte, at) => first[at] === byte);
  yield* isCompressed ? gunzip(first, reading) : together(first, reading);
}

/** At least two bytes, where there are as many. */
async function firstBytes(reading: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array();
  while (bytes.length < gzipMagic.length) {
    const next = await reading.next();
    if (next.done === true) break;
    bytes = bytes.length === 0 ? next.value : Buffer.concat([bytes, next.value]);
  }
  return bytes;
}

async function* gunzip(
  first: Uint8Array,
  reading: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    // A failure of the source is one of the last stream too; the callback is there so that it is not thrown besides.
    yield* pipeline(Readable.from(together(first, reading)), createGunzip(), () => undefined);
  } catch (error) {
    const isItsOwn = error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
    if (!isItsOwn) throw error;
    throw new BrokenJsonError(0, "it is compressed with gzip, and cut or damaged");
  }
}

async function* together(
  first: Uint8Array,
  reading: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  for (let next = await reading.next(); next.done !== true; next = await reading.next()) yield next.value;
}
