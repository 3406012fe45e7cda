// Envelope encryption: the vault makes keys, a key service wraps them under a key that stays with the service.

/** What a wrapped key is bound to, so that a copy under another name, or in another cell, does not open. */
export interface KeyContext {
  readonly deployment: string;
  readonly cell: string;
  readonly kind: "handle-key" | "subject-key";
  /** A service may log this for years: a handle, which names nobody once its key is gone; never a name's HMAC. */
  readonly handle: string;
}

/** A key of the service, as it was when something was wrapped. */
export interface KeyVersion {
  /** What the service calls the key. Not secret. */
  readonly key: string;
  readonly version: string;
}

export interface WrappedKey extends KeyVersion {
  readonly ciphertext: Uint8Array;
}

/**
 * One key of one cell, kept where the vault is not. Calls may run side by side and are bounded in time. Each of them
 * rejects with {@link KeysUnavailableError} when the service cannot be asked now, and with {@link KeyRefusedError}
 * when it was asked and asking again would not help. Neither repeats what was to be wrapped, nor a credential.
 */
export interface KeyService {
  /** As the cell file says: `file`, `transit`, `pkcs11`, `aws-kms`. */
  readonly name: string;
  /** What an operator must know before trusting this service with real subjects; null: nothing. */
  readonly warning: string | null;
  /** Wraps under the newest version. */
  wrap(plain: Uint8Array, context: KeyContext): Promise<WrappedKey>;
  /** Unwraps whichever version it was wrapped under; the context must be exactly the one of then. */
  unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array>;
  /** Wraps the same key under the newest version. */
  rewrap(wrapped: WrappedKey, context: KeyContext): Promise<WrappedKey>;
  /** Makes a new version, and resolves when what is wrapped from now on is under it. Older ones still unwrap. */
  rotate(): Promise<KeyVersion>;
  /** The newest version; that it can be told is the service's sign of health. */
  describe(): Promise<KeyVersion>;
  close(): Promise<void>;
}

/** A key is needed and cannot be had now: what needs it must wait or be refused, and what does not goes on. */
export class KeysUnavailableError extends Error {
  constructor(service: string, reason: string, options?: ErrorOptions) {
    super(`key service \`${service}\` is not available: ${reason}`, options);
    this.name = "KeysUnavailableError";
  }
}

/** The service answered, and the answer is no: a key that is damaged, moved or another cell's, or a lack of rights. */
export class KeyRefusedError extends Error {
  constructor(service: string, reason: string, options?: ErrorOptions) {
    super(`key service \`${service}\` refused: ${reason}`, options);
    this.name = "KeyRefusedError";
  }
}
