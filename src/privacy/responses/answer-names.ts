// Under which name an answer is kept. Owner: the gateway thread that keeps it.
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Place, TenantId } from "../../base/index.ts";

/** Who may get an answer again. INVARIANT: two requests that differ in any of it never share one. */
export interface Partition {
  readonly tenant: TenantId;
  /** Handle of the subject's key. */
  readonly subject: string;
  /** Hash of the policy and of the legal events that stand. */
  readonly policy: string;
  readonly places: readonly Place[];
  readonly citizenships: readonly Place[];
  readonly residences: readonly Place[];
  readonly classes: readonly string[];
}

/** What is the same request: not what means the same, but the same bytes. */
export interface SameRequest {
  readonly operation: string;
  /** The alias. */
  readonly model: string;
  readonly body: Uint8Array;
}

/** So many partitions' keys are remembered: to import one costs three times the MAC. The oldest goes first. */
const mostKeys = 1_024;

/** Names that nobody without `secret` can compute, nor compare: a plain hash of a prompt could be guessed. */
export class AnswerNames {
  readonly #secret: KeyObject;
  readonly #keys = new Map<string, KeyObject>();

  /** 32 bytes, of this cell and this process alone. */
  constructor(secret: Uint8Array) {
    this.#secret = createSecretKey(secret);
  }

  /** Each partition has a key of its own, so that no request of another one can come by the same name. */
  of(partition: Partition, { operation, model, body }: SameRequest): string {
    // Neither word can hold the separator.
    return createHmac("sha256", this.#keyOf(textOf(partition)))
      .update(`${operation}\0${model}\0`)
      .update(body)
      .digest("base64url");
  }

  #keyOf(partition: string): KeyObject {
    const known = this.#keys.get(partition);
    if (known) return known;
    const key = createSecretKey(createHmac("sha256", this.#secret).update(partition).digest());
    const [oldest] = this.#keys.keys();
    if (this.#keys.size >= mostKeys && oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.set(partition, key);
    return key;
  }
}

function textOf({ tenant, subject, policy, ...lists }: Partition): string {
  const { places, citizenships, residences, classes } = lists;
  const sets = [places, citizenships, residences, classes].map((list) =>
    Array.from(new Set<string>(list)).toSorted(),
  );
  return JSON.stringify([tenant, subject, policy, ...sets]);
}
