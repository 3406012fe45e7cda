import { createHmac, timingSafeEqual } from "node:crypto";
import type { SubjectKey } from "../../keys/index.ts";
import type { MarkedKind } from "../../wire/index.ts";

/** What a mark says: that this text, of this kind, came from this endpoint. */
interface Marked {
  readonly kind: MarkedKind;
  readonly endpoint: string;
  readonly text: string;
}

const proofBytes = 16;

/**
 * Proofs under a key of one subject and month, which no disclosure hands over and which goes with the subject: so a mark is good
 * for its tenant and person alone, and for nobody once they are erased. The key is derived when the first proof is asked for.
 */
export class Proofs {
  readonly #subject: SubjectKey;
  #key: Uint8Array | null = null;

  constructor(subject: SubjectKey) {
    this.#subject = subject;
  }

  /** In base64url. */
  of(marked: Marked): string {
    return this.#mac(marked).toString("base64url");
  }

  isOf(marked: Marked, proof: string): boolean {
    const claimed = Buffer.from(proof, "base64url");
    // The last digit of base64url has bits that say nothing: one proof is written in one way.
    if (claimed.length !== proofBytes || claimed.toString("base64url") !== proof) return false;
    return timingSafeEqual(claimed, this.#mac(marked));
  }

  /** Neither word before the text can hold the separator. */
  #mac({ kind, endpoint, text }: Marked): Buffer {
    this.#key ??= this.#subject.deriveKey("pins/v1");
    const mac = createHmac("sha256", this.#key).update(`${kind}\0${endpoint}\0`).update(text);
    return mac.digest().subarray(0, proofBytes);
  }
}
