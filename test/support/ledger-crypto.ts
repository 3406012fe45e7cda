import { hash } from "node:crypto";
import { concatBytes } from "../../src/base/index.ts";

/** What pure rooms are given for hashing. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(hash("sha256", concatBytes(parts), "buffer"));
}
