// An example: a page that verifies a log with the very code of `bailiwick ledger verify`. What that code needs of the world
// it is given: SHA-256, Ed25519, and the log's files.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { type LogReader, parseTrustPolicy, verifyLog } from "../../src/ledger/index.ts";

export interface PageReport {
  readonly origin: string | null;
  readonly entryCount: number;
  readonly tileCount: number;
  readonly problems: readonly {
    readonly kind: string;
    readonly path: string;
    readonly index: number | null;
  }[];
}

/** `log` is the address of the log's prefix; `policy` is a trust file that the page's user holds, not one of the server's. */
export async function verifyHere(log: string, policy: string): Promise<PageReport> {
  const trust = parseTrustPolicy(sha256, new TextEncoder().encode(policy));
  if (!trust.ok) throw new Error(`the trust policy cannot be used: ${trust.error}`);
  const report = await verifyLog({ reader: readerOf(log), trust: trust.value, sha256, verifyEd25519 });
  const { checkpoint, entryCount, tileCount } = report;
  const problems = report.problems.map(({ kind, path, index }) => ({ kind, path, index }));
  return { origin: checkpoint?.origin ?? null, entryCount, tileCount, problems };
}

/** HTTP cannot list, so kept checkpoints and left-over partial files are not looked at. */
function readerOf(log: string): LogReader {
  return {
    read: async (path) => {
      const answer = await fetch(`${log}/${path}`, { redirect: "error" });
      if (answer.status === 404) return null;
      if (!answer.ok) throw new Error(`${path}: the server answered ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
    list: () => Promise.resolve([]),
  };
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** RFC 8032 to the letter, as OpenSSL and Go have it; the library's default also takes what ZIP 215 allows. */
function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return ed25519.verify(signature, message, publicKey, { zip215: false });
}
