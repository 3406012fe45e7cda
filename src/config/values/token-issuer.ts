/** A tenant's identity provider, pinned: who signs, for whom, with which keys, and what its tokens say of a subject. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** At least one; no two of the same `kid`. */
  readonly keys: readonly PinnedKey[];
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
