// Who may use a cell's admin API: whoever can read this file, which is the cell's own user.
import { timingSafeEqual } from "node:crypto";
import { toHex } from "../base/index.ts";
import { randomBytes, sha256 } from "./digest.ts";
import { readOrCreatePrivateFile } from "../disk/index.ts";

const tokenBytes = 32;

/** The token in `file`, made where there is none. Throws when others may read it, or when it holds none. */
export function openAdminToken(file: string): string {
  const token = readOrCreatePrivateFile(file, () => `${toHex(randomBytes(tokenBytes))}\n`).trimEnd();
  // Whoever can guess it may erase and disclose; and nothing else goes into a header (RFC 9110 §5.5).
  if (/^[\x21-\x7e]{32,}$/.test(token)) return token;
  throw new Error(
    `\`${file}\` holds no admin token: expected a line of 32 or more visible characters; ` +
      `restore it, or write a new one with \`openssl rand -hex ${tokenBytes}\``,
  );
}

/** Compares digests, in constant time, so that not even the length of the right token can be measured. */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(Buffer.from(given)), sha256(Buffer.from(expected)));
}
