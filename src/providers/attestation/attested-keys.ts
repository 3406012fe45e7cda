// Whose connections may carry what is a caller's: those of keys that an engine has shown to hold inside the machine that the policy
// expects (docs/attestation.md). Owner: the connections to one endpoint in one gateway thread; nothing of it outlives them.
import { createHash, randomBytes } from "node:crypto";
import {
  fail,
  type InstantMs,
  later,
  type MonotonicClock,
  type MonotonicMs,
  ok,
  type Result,
} from "../../base/index.ts";
import { monotonicNow } from "../../clock/index.ts";
import type { AttestationTerms } from "../../law/index.ts";
import type { AttestationFaultName } from "./attestation-fault.ts";
import { verifiers } from "./verifiers.ts";

export interface Admission {
  readonly until: MonotonicMs;
  /** A word for the ledger: the kind of evidence, and how the SHA-256 of the document begins. */
  readonly evidence: string;
}

/** Asks at a path, over the connection that it is for. Null: there was no whole answer in time that is one. */
export type Ask = (path: string) => Promise<Uint8Array | null>;

type Judgement = Result<Admission, AttestationFaultName>;

/** For how long evidence stands: a key that left the machine, or a machine that began anew with the same key, is used no longer. */
export const standsForMs = 600_000;
/** A processor makes few reports a second, and one that was refused is no better at once. */
const restMs = 5_000;

/**
 * INVARIANT: a key is admitted only by a document that was made for it and for a nonce that was never used before. Whoever connects
 * while a key is being asked for waits for that answer.
 */
export class AttestedKeys {
  readonly #terms: AttestationTerms;
  readonly #now: MonotonicClock;
  readonly #judged: Map<string, { readonly judgement: Judgement; readonly until: MonotonicMs }> = new Map();
  readonly #asking: Map<string, Promise<Judgement>> = new Map();

  constructor(terms: AttestationTerms, now: MonotonicClock = monotonicNow) {
    this.#terms = terms;
    this.#now = now;
  }

  /** `publicKeyHash`: of the key that the other end has proved to hold. Never rejects. */
  async admit(publicKeyHash: Uint8Array, ask: Ask): Promise<Judgement> {
    const key = Buffer.from(publicKeyHash).toString("hex");
    this.#forgetEnded();
    const judged = this.#judged.get(key);
    if (judged) return judged.judgement;
    const asking = this.#asking.get(key) ?? this.#judge(key, publicKeyHash, ask);
    this.#asking.set(key, asking);
    return asking;
  }

  async #judge(key: string, publicKeyHash: Uint8Array, ask: Ask): Promise<Judgement> {
    // It stands from before it was asked for, whatever the way took.
    const until = later(this.#now(), standsForMs);
    // An exception while judging is a refusal, as everywhere.
    const judgement = await this.#askOnce(publicKeyHash, ask, until).catch(() => fail("unreadable" as const));
    this.#asking.delete(key);
    this.#judged.set(key, { judgement, until: judgement.ok ? until : later(this.#now(), restMs) });
    return judgement;
  }

  async #askOnce(publicKeyHash: Uint8Array, ask: Ask, until: MonotonicMs): Promise<Judgement> {
    const nonce = randomBytes(32);
    const { kind, path } = this.#terms;
    const document = await ask(`${path}?nonce=${nonce.toString("hex")}`);
    if (document === null) return fail("unheard");
    const asked = { challenge: { publicKeyHash, nonce }, nowMs: Date.now() as InstantMs };
    const verified = verifiers[kind](document, this.#terms, asked);
    if (!verified.ok) return fail(verified.error.name);
    const digest = createHash("sha256").update(document).digest("hex");
    return ok({ until, evidence: `${kind}-${digest}`.slice(0, longestWord) });
  }

  #forgetEnded(): void {
    const now = this.#now();
    for (const [key, { until }] of this.#judged) if (until <= now) this.#judged.delete(key);
  }
}

/** Of the ledger (docs/spec/ledger.md, *word*): 56 of the digest's 64 digits. */
const longestWord = 64;
