// Two months of a cell's logs, cosigned by two witnesses, and the count of what was done to them and not noticed.
import assert from "node:assert/strict";
import {
  formatNote,
  type LedgerReport,
  parseNote,
  type SeenCheckpoint,
  signCheckpoint,
  type TrustPolicy,
  verifyLedger,
} from "../../src/ledger/index.ts";
import { cosign, sha256, signerFrom, verifyEd25519 } from "./ledger-crypto.ts";
import { type LogFiles, readerOf } from "./ledger-log.ts";

export const witnesses = [81, 82].map((seed) => signerFrom(seed, `acme.example/witness/${seed}`, 0x04));

/** Signs as a log whose witnesses all see each of its checkpoints. */
export const signCosigned: typeof signCheckpoint = (checkpoint, signer) => {
  const note = parseNote(signCheckpoint(checkpoint, signer));
  assert.ok(note.ok);
  const { text, signatures } = note.value;
  const seconds = BigInt(1_795_000_000 + checkpoint.size);
  return formatNote({
    text,
    signatures: [...signatures, ...witnesses.map((each) => cosign(text, seconds, each))],
  });
};

/** Believes the first month's log, and wants both witnesses. */
export function trustIn(first: TrustPolicy["logs"][number]): TrustPolicy {
  const keys = witnesses.map(({ key }) => key);
  const members = keys.map((key) => ({ kind: "witness" as const, key }));
  return { logs: [first], witnesses: keys, quorum: { kind: "group", least: 2, members } };
}

export function verifyMonths(
  months: readonly LogFiles[],
  trust: TrustPolicy,
  seen: readonly SeenCheckpoint[] = [],
): Promise<LedgerReport> {
  const readers = months.map(readerOf);
  return verifyLedger({ readers, trust, seen, sha256, verifyEd25519: verifyOnce });
}

/** Most signatures are the same in each of thousands of attempts. */
const verified = new Map<string, boolean>();

function verifyOnce(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const asked = [publicKey, message, signature]
    .map((part) => Buffer.from(part).toString("latin1"))
    .join("\0");
  const known = verified.get(asked) ?? verifyEd25519(publicKey, message, signature);
  verified.set(asked, known);
  return known;
}

export function problemCount({ logs }: LedgerReport): number {
  return logs.reduce((sum, log) => sum + log.problemCount, 0);
}

/** What was tried in one way, and what of it went unnoticed. */
export class Attempts {
  readonly #unnoticed: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(what: string, isNoticed: boolean): void {
    this.#count++;
    if (!isNoticed) this.#unnoticed.push(what);
  }

  /** Fails if anything went unnoticed, or if so little was tried that the test says nothing. */
  conclude(least: number): string {
    assert.deepEqual(this.#unnoticed.slice(0, 10), []);
    assert.ok(this.#count >= least, `only ${this.#count} were tried`);
    return `${this.#count} tried, 0 unnoticed`;
  }
}
