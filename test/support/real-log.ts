// A log of many entries, written by the store through the ledger thread, and closed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSigningKey } from "../../src/keys/index.ts";
import {
  ed25519Type,
  encodeEntry,
  formatTrustPolicy,
  type NoteKey,
  noteKey,
  type WrittenEntry,
} from "../../src/ledger/index.ts";
import { type Ledger, openLedger, type Pairing, type Position } from "../../src/store/index.ts";
import { sha256 } from "./ledger-crypto.ts";
import { decisionEntry, outcomeEntry, requestId } from "./ledger-entries.ts";
import { testLedgerOptions, testNow } from "./test-ledger.ts";

export interface RealLog {
  readonly origin: string;
  /** Holds `checkpoint` and `tile/`. */
  readonly directory: string;
  readonly key: NoteKey;
  /** A trust policy that believes this log, without witnesses. */
  readonly policyFile: string;
}

const requestsAtOnce = 2000;

/** `size` counts the opening, so it is odd where every request has its outcome. */
export async function writeRealLog(directory: string, size: number): Promise<RealLog> {
  const options = testLedgerOptions(directory);
  const ledger = await openLedger(options);
  while (ledger.state().size < size) {
    const requestCount = Math.min(requestsAtOnce, Math.ceil((size - ledger.state().size) / 2));
    await appendRequests(ledger, requestCount);
  }
  await ledger.close();
  const { origin } = ledger;
  const { publicKey } = openSigningKey(join(options.keysDirectory, `${origin.slice(-7)}.pem`));
  const key = noteKey(sha256, { name: origin, type: ed25519Type, publicKey });
  const policyFile = join(directory, "trust.policy");
  const policy = { logs: [key], witnesses: [], quorum: { kind: "none" }, urls: new Map() } as const;
  writeFileSync(policyFile, formatTrustPolicy(policy));
  return { origin, directory: join(options.directory, "log", origin.slice(-7)), key, policyFile };
}

async function appendRequests(ledger: Ledger, count: number): Promise<void> {
  const first = ledger.state().size;
  const rids = Array.from({ length: count }, (_, at) => requestId(first + at));
  const decisions = await Promise.all(
    rids.map((rid, at) => append(ledger, decisionEntry(first + at, rid), { kind: "opens", rid })),
  );
  await Promise.all(
    rids.map((rid, at) => {
      const entry = outcomeEntry(first + at, decisions[at]?.index ?? 0, rid);
      return append(ledger, entry, { kind: "closes", rid });
    }),
  );
}

function append(ledger: Ledger, entry: WrittenEntry, pairing: Pairing): Promise<Position> {
  return ledger.append(encodeEntry({ ...entry, ts: testNow() }), pairing);
}
