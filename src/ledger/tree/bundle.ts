// Entry bundles: https://c2sp.org/tlog-tiles, "Log entries". Each entry follows its length, a big-endian uint16.
import { concatBytes, fail, ok, type Result } from "../../base/index.ts";

const lengthBytes = 2;
const maxLength = 0xffff;

export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(entries.flatMap((entry) => [lengthOf(entry), entry]));
}

/** Where a bundle stops making sense. */
export interface BundleFault {
  readonly byteOffset: number;
  readonly reason: string;
}

/** The entries of a bundle that must hold exactly `width` of them; they are views into `bytes`. */
export function parseBundle(bytes: Uint8Array, width: number): Result<readonly Uint8Array[], BundleFault> {
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (entries.length === width) return fault(offset, `more than ${width} entries`);
    const start = offset + lengthBytes;
    const end = start + (((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0));
    if (start > bytes.length || end > bytes.length) return fault(offset, "the bundle ends inside an entry");
    entries.push(bytes.subarray(start, end));
    offset = end;
  }
  return entries.length === width
    ? ok(entries)
    : fault(offset, `${entries.length} entries instead of ${width}`);
}

function lengthOf(entry: Uint8Array): Uint8Array {
  if (entry.length > maxLength)
    throw new RangeError(`an entry has ${entry.length} bytes, more than ${maxLength}`);
  return Uint8Array.of(entry.length >> 8, entry.length & 0xff);
}

function fault(byteOffset: number, reason: string): Result<never, BundleFault> {
  return fail({ byteOffset, reason });
}
