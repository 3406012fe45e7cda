// A hardware token, or what speaks as one: AES-GCM inside the token, under a key that it was told never to let out.
// The control thread owns its state.
import { concatBytes } from "../../base/index.ts";
import { randomBytes } from "../digest.ts";
import { contextBytes } from "./key-context.ts";
import {
  type KeyContext,
  KeyRefusedError,
  type KeyService,
  KeysUnavailableError,
  type KeyVersion,
  type WrappedKey,
} from "./key-service.ts";
import { codeOf, Pkcs11Token, type Session, type TokenOptions } from "./pkcs11-token.ts";

export interface Pkcs11Options extends TokenOptions {
  /** The label of the key; its versions are the AES keys of that label, told apart by their CKA_ID. */
  readonly key: string;
}

const service = "pkcs11";
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

export async function openPkcs11Service(options: Pkcs11Options): Promise<KeyService> {
  const keys = new TokenKeys(await Pkcs11Token.open(options), options);
  const wrap = (plain: Uint8Array, context: KeyContext) => keys.encrypt(plain, contextBytes(context));
  const unwrap = async (wrapped: WrappedKey, context: KeyContext) => {
    if (wrapped.key === keys.name) return keys.decrypt(wrapped, contextBytes(context));
    throw new KeyRefusedError(service, `it is set up for \`${keys.name}\`, not for \`${wrapped.key}\``);
  };
  return {
    name: service,
    warning: null,
    wrap,
    unwrap,
    rewrap: async (wrapped, context) => wrap(await unwrap(wrapped, context), context),
    rotate: () => keys.generate(),
    describe: () => keys.describe(),
    close: () => keys.close(),
  };
}

type TokenKey = Session["handle"];

class TokenKeys {
  readonly name: string;
  readonly #token: Pkcs11Token;
  readonly #label: string;
  /** By version, as they were when last looked for: a look costs three calls, and the token may be far away. */
  #known: ReadonlyMap<string, TokenKey> = new Map();

  constructor(token: Pkcs11Token, { token: tokenLabel, key }: Pkcs11Options) {
    this.#token = token;
    this.#label = key;
    this.name = `${tokenLabel}/${key}`;
  }

  async encrypt(plain: Uint8Array, bound: Uint8Array): Promise<WrappedKey> {
    return this.#session(0, async (session) => {
      const { version } = this.#known.size > 0 ? this.#newest() : this.#look(session);
      const ciphertext = await this.#encryptWith(session, this.#key(session, version), { plain, bound });
      return { key: this.name, version, ciphertext };
    });
  }

  async decrypt({ version, ciphertext }: WrappedKey, bound: Uint8Array): Promise<Uint8Array> {
    return this.#session(0, async (session) => {
      const key = this.#key(session, version);
      const nonce = ciphertext.subarray(0, nonceBytes);
      const sealed = Buffer.from(ciphertext.subarray(nonceBytes));
      if (sealed.length < tagBytes) throw this.#doesNotOpen();
      try {
        session.module.C_DecryptInit(session.handle, this.#mechanism(nonce, bound), key);
        const opened = await session.module.C_DecryptAsync(
          session.handle,
          sealed,
          Buffer.alloc(sealed.length),
        );
        return new Uint8Array(opened);
      } catch (error) {
        if (this.#saysDamaged(error)) throw this.#doesNotOpen(error);
        if (codeOf(error) !== this.#token.library.CKR_GENERAL_ERROR) throw error;
        // SoftHSM's word for a tag that does not fit, and another's for anything: the token is asked whether it works.
        await this.#token.session(0, (probe) =>
          this.#encryptWith(probe, key, { plain: new Uint8Array(1), bound }),
        );
        throw this.#doesNotOpen(error);
      }
    });
  }

  async describe(): Promise<KeyVersion> {
    return this.#session(0, (session) => this.#look(session));
  }

  /** The next version. It becomes the newest the moment it is there, complete, in the token. */
  async generate(): Promise<KeyVersion> {
    const { library } = this.#token;
    return this.#session(library.CKF_RW_SESSION, (session) => {
      const { version } = this.#look(session);
      const next = (BigInt(`0x${version}`) + 1n).toString(16);
      const id = Buffer.from(
        next.padStart(next.length + (next.length % 2), "0").padStart(version.length, "0"),
        "hex",
      );
      session.module.C_GenerateKey(
        session.handle,
        { mechanism: library.CKM_AES_KEY_GEN },
        this.#template(id),
      );
      return this.#look(session);
    });
  }

  async close(): Promise<void> {
    await this.#token.close();
  }

  /** After a fault of the token its handles may be others': the versions are looked for again. */
  async #session<Value>(flags: number, work: (session: Session) => Promise<Value> | Value): Promise<Value> {
    try {
      return await this.#token.session(flags, work);
    } catch (error) {
      if (error instanceof KeysUnavailableError) this.#known = new Map();
      throw error;
    }
  }

  #template(id: Buffer): { type: number; value: number | boolean | string | Buffer }[] {
    const { library } = this.#token;
    return [
      { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
      { type: library.CKA_KEY_TYPE, value: library.CKK_AES },
      { type: library.CKA_VALUE_LEN, value: keyBytes },
      { type: library.CKA_LABEL, value: this.#label },
      { type: library.CKA_ID, value: id },
      { type: library.CKA_TOKEN, value: true },
      { type: library.CKA_PRIVATE, value: true },
      { type: library.CKA_SENSITIVE, value: true },
      { type: library.CKA_EXTRACTABLE, value: false },
      { type: library.CKA_ENCRYPT, value: true },
      { type: library.CKA_DECRYPT, value: true },
      { type: library.CKA_WRAP, value: false },
      { type: library.CKA_UNWRAP, value: false },
    ];
  }

  /** Looks for all versions, and returns the newest. */
  #look(session: Session): KeyVersion {
    const { library } = this.#token;
    const handles: TokenKey[] = findAll(session, [
      { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
      { type: library.CKA_KEY_TYPE, value: library.CKK_AES },
      { type: library.CKA_LABEL, value: this.#label },
    ]);
    const found = new Map<string, TokenKey>();
    for (const handle of handles) {
      const version = this.#fitVersionOf(session, handle);
      if (found.has(version)) throw this.#refused(`has two versions with the id \`${version}\`; remove one`);
      found.set(version, handle);
    }
    if (found.size === 0) throw this.#refused("is not in the token; docs/keys.md says how to make it");
    this.#known = found;
    return this.#newest();
  }

  #fitVersionOf({ module, handle: session }: Session, handle: TokenKey): string {
    const { library } = this.#token;
    const wanted = [library.CKA_ID, library.CKA_SENSITIVE, library.CKA_EXTRACTABLE, library.CKA_VALUE_LEN];
    const template = wanted.map((type) => ({ type }));
    const [id, isSensitive, isExtractable] = module
      .C_GetAttributeValue(session, handle, template)
      .map(({ value }) => Buffer.from(value));
    const version = id?.toString("hex") ?? "";
    if (version === "") throw this.#refused("has a version without an id (CKA_ID)");
    if (isSensitive?.[0] !== 1 || isExtractable?.[0] !== 0) {
      throw this.#refused(
        `may leave the token: version \`${version}\` must be CKA_SENSITIVE and not CKA_EXTRACTABLE; make another one`,
      );
    }
    return version;
  }

  #newest(): KeyVersion {
    const versions = Array.from(this.#known.keys());
    const version = versions.reduce((one, other) =>
      BigInt(`0x${other}`) > BigInt(`0x${one}`) ? other : one,
    );
    return { key: this.name, version };
  }

  #key(session: Session, version: string): TokenKey {
    if (!this.#known.has(version)) this.#look(session);
    const found = this.#known.get(version);
    if (!found) throw this.#refused(`has no version \`${version}\``);
    return found;
  }

  async #encryptWith(
    { module, handle }: Session,
    key: TokenKey,
    { plain, bound }: { readonly plain: Uint8Array; readonly bound: Uint8Array },
  ): Promise<Uint8Array> {
    const nonce = randomBytes(nonceBytes);
    module.C_EncryptInit(handle, this.#mechanism(nonce, bound), key);
    const room = Buffer.alloc(plain.length + tagBytes);
    return concatBytes([nonce, await module.C_EncryptAsync(handle, Buffer.from(plain), room)]);
  }

  #mechanism(nonce: Uint8Array, bound: Uint8Array) {
    const { library } = this.#token;
    const parameter = {
      type: library.CK_PARAMS_AES_GCM,
      iv: Buffer.from(nonce),
      ivBits: nonceBytes * 8,
      aad: Buffer.from(bound),
      tagBits: tagBytes * 8,
    };
    return { mechanism: library.CKM_AES_GCM, parameter };
  }

  #saysDamaged(error: unknown): boolean {
    const { library } = this.#token;
    const code = codeOf(error);
    return code === library.CKR_ENCRYPTED_DATA_INVALID || code === library.CKR_ENCRYPTED_DATA_LEN_RANGE;
  }

  #doesNotOpen(cause?: unknown): KeyRefusedError {
    return new KeyRefusedError(
      service,
      `a key does not open under \`${this.name}\`: it was damaged or moved`,
      { cause },
    );
  }

  #refused(reason: string): KeyRefusedError {
    return new KeyRefusedError(service, `key \`${this.name}\` ${reason}`);
  }
}

const findAtOnce = 100;

function findAll(
  { module, handle }: Session,
  template: Parameters<Session["module"]["C_FindObjectsInit"]>[1],
): TokenKey[] {
  module.C_FindObjectsInit(handle, template);
  try {
    return module.C_FindObjects(handle, findAtOnce);
  } finally {
    module.C_FindObjectsFinal(handle);
  }
}
