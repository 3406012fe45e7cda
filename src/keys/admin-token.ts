// Who may use a cell's admin API: whoever can read this file, which is the cell's own user.
import { timingSafeEqual } from "node:crypto";
import { toHex } from "../base/index.ts";
import { randomBytes, sha256 } from "./digest.ts";
import { readOrCreatePrivateFile } from "./private-file.ts";

const tokenBytes = 32;

/** The token in `file`, made where there is none. Throws when others may read it. */
export function openAdminToken(file: string): string {
  return readOrCreatePrivateFile(file, () => `${toHex(randomBytes(tokenBytes))}\n`).trimEnd();
}

/** In constant time: of equal length as digests, so that not even the length of the right token can be measured. */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(Buffer.from(given)), sha256(Buffer.from(expected)));
}
