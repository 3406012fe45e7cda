// Trust files: whose signatures a verifier believes (https://c2sp.org/tlog-policy).
import { existsSync } from "node:fs";
import { decodeUtf8 } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { formatTrustPolicy, parseTrustPolicy, type TrustFile } from "../../ledger/index.ts";
import { readBytes } from "./file-text.ts";
import { UnusableInputError, writeText } from "../../disk/index.ts";

export const trustFileName = "trust.policy";

export function readTrust(file: string): TrustFile {
  return parseTrust(file, readBytes("trust file", file));
}

export function parseTrust(file: string, bytes: Uint8Array): TrustFile {
  const trust = parseTrustPolicy(sha256, bytes);
  if (trust.ok) return trust.value;
  throw new UnusableInputError([
    `trust file \`${file}\`: ${trust.error}; a log has a line \`log <verifier key>\`, and the last line is \`quorum <name>\` or \`quorum none\``,
  ]);
}

/** Keeps the logs that the file names already: last month's log is verified by last month's line. */
export function writeTrust(file: string, trust: TrustFile): void {
  const known = existsSync(file) ? readTrust(file).logs : [];
  const kept = known.filter(({ name }) => !trust.logs.some((log) => log.name === name));
  writeText(file, decodeUtf8(formatTrustPolicy({ ...trust, logs: [...kept, ...trust.logs] })) ?? "");
}
