/** A tenant's identity provider: who signs, for whom, with which keys, and what its tokens say of a subject. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** No two of the same `kid`. None where they are fetched, else at least one. */
  readonly keys: readonly PinnedKey[];
  /** Null where the keys are pinned. */
  readonly keySet: KeySetAddress | null;
  /** Names of claims; null: its tokens do not speak of that. */
  readonly claims: {
    readonly place: string | null;
    readonly citizenship: string | null;
    readonly class: string | null;
  };
}

export type SigningAlgorithm = "EdDSA" | "ES256" | "RS256" | "PS256";

export interface PinnedKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The key's own members and no other (RFC 7517 §4). */
  readonly jwk: Readonly<Record<string, string>>;
}

/** Where the provider publishes its keys. */
export interface KeySetAddress {
  /** Tells it from all others: another URL is another set. */
  readonly id: string;
  readonly url: string;
  /** As written: beside the policy. Null: the system's authorities. */
  readonly caPath: string | null;
  /** For how long keys count that were not fetched anew. */
  readonly maxAgeMs: number;
}
