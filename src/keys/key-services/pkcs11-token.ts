// One token behind a PKCS #11 module (OASIS PKCS #11 3.0): sessions, login, and what its errors mean.
// The control thread owns its state.
import type * as Cryptoki from "pkcs11js";
import { KeyRefusedError, KeysUnavailableError } from "./key-service.ts";

export interface TokenOptions {
  /** The vendor's library, for example `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  /** Asked at each login. Throws when there is none. */
  readonly pin: () => string;
}

export type Library = typeof Cryptoki;

export interface Session {
  readonly module: Cryptoki.PKCS11;
  readonly handle: Cryptoki.Handle;
}

const service = "pkcs11";

interface Login {
  readonly slot: Cryptoki.Handle;
  /** A login lasts while one session is open (§5.6): this one. */
  readonly keeper: Cryptoki.Handle;
}

interface OpenModule {
  readonly module: Cryptoki.PKCS11;
  users: number;
  /** Sessions in which something is being done. */
  busy: number;
}

/** A process may initialise a module once (§5.4), however many cells it runs. */
const openModules = new Map<string, OpenModule>();

export class Pkcs11Token {
  readonly library: Library;
  readonly #opened: OpenModule;
  readonly #options: TokenOptions;
  #login: Login | null = null;
  /** A token locks itself after a few wrong PINs, so a wrong one is tried once. */
  #isPinWrong = false;

  private constructor(library: Library, options: TokenOptions) {
    this.library = library;
    this.#options = options;
    this.#opened = openModule(library, options.module);
  }

  static async open(options: TokenOptions): Promise<Pkcs11Token> {
    return new Pkcs11Token(await loadLibrary(), options);
  }

  /** Runs `work` in a session of its own, logged in; sessions are not for two at once. */
  async session<Value>(flags: number, work: (session: Session) => Promise<Value> | Value): Promise<Value> {
    let handle: Cryptoki.Handle | null = null;
    this.#opened.busy++;
    try {
      const { slot } = (this.#login ??= this.#logIn());
      handle = this.#module.C_OpenSession(slot, flags | this.library.CKF_SERIAL_SESSION);
      return await work({ module: this.#module, handle });
    } catch (error) {
      throw this.#meaningOf(error);
    } finally {
      this.#opened.busy--;
      if (handle) this.#close(handle);
    }
  }

  get #module(): Cryptoki.PKCS11 {
    return this.#opened.module;
  }

  async close(): Promise<void> {
    this.#logOut();
    closeModule(this.#options.module);
  }

  #logIn(): Login {
    if (this.#isPinWrong)
      throw this.#unavailable("its PIN was refused, and is not tried again before a restart");
    const slot = this.#slotAnew();
    const keeper = this.#module.C_OpenSession(slot, this.library.CKF_SERIAL_SESSION);
    try {
      this.#module.C_Login(keeper, this.library.CKU_USER, this.#pin());
    } catch (error) {
      // Another cell of this process has done it: a login is the process's, not the session's (§5.6).
      if (codeOf(error) !== this.library.CKR_USER_ALREADY_LOGGED_IN) {
        this.#close(keeper);
        this.#isPinWrong = codeOf(error) === this.library.CKR_PIN_INCORRECT;
        throw error;
      }
    }
    return { slot, keeper };
  }

  /** A module may take a token for broken until it is started again: this is done when nobody else is at work in it. */
  #slotAnew(): Cryptoki.Handle {
    try {
      return this.#slot();
    } catch (error) {
      if (codeOf(error) === null || this.#opened.busy > 1) throw error;
      finalize(this.#module);
      this.#module.C_Initialize({ flags: this.library.CKF_OS_LOCKING_OK });
      return this.#slot();
    }
  }

  #slot(): Cryptoki.Handle {
    const { token } = this.#options;
    const found = this.#module
      .C_GetSlotList(true)
      .find((slot) => this.#module.C_GetTokenInfo(slot).label.trimEnd() === token);
    if (!found) throw this.#unavailable(`no slot holds a token labelled \`${token}\``);
    return found;
  }

  #pin(): string {
    try {
      return this.#options.pin();
    } catch (error) {
      const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      throw this.#unavailable(`its PIN cannot be read (${code ?? "no value"})`, error);
    }
  }

  #logOut(): void {
    if (this.#login) this.#close(this.#login.keeper);
    this.#login = null;
  }

  #close(handle: Cryptoki.Handle): void {
    try {
      this.#module.C_CloseSession(handle);
    } catch {
      // A token that was taken out has closed its sessions itself.
    }
  }

  /** Whatever goes wrong with the token ends the login: the next call begins anew, as after a token's restart. */
  #meaningOf(error: unknown): unknown {
    if (error instanceof KeyRefusedError || error instanceof KeysUnavailableError) return error;
    const code = codeOf(error);
    if (code === null) return error;
    this.#logOut();
    return this.#unavailable(`token \`${this.#options.token}\` said ${nameOf(error)}`, error);
  }

  #unavailable(reason: string, cause?: unknown): KeysUnavailableError {
    return new KeysUnavailableError(service, reason, { cause });
  }
}

/** The return value of a call of the token; null for any other error. */
export function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || error.name !== "Pkcs11Error") return null;
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "number" ? code : null;
}

function nameOf(error: unknown): string {
  return /CKR_[A-Z0-9_]+/.exec(String(error))?.[0] ?? `0x${(codeOf(error) ?? 0).toString(16)}`;
}

/** Loaded on use: a machine without a token needs no native code (docs/decisions/0019). */
async function loadLibrary(): Promise<Library> {
  try {
    return (await import("pkcs11js")).default;
  } catch (error) {
    throw new KeyRefusedError(
      service,
      "the optional package `pkcs11js` is not installed; run `npm install pkcs11js`",
      {
        cause: error,
      },
    );
  }
}

function openModule(library: Library, path: string): OpenModule {
  const opened = openModules.get(path) ?? { module: loadModule(library, path), users: 0, busy: 0 };
  opened.users++;
  openModules.set(path, opened);
  return opened;
}

function loadModule(library: Library, path: string): Cryptoki.PKCS11 {
  const module = new library.PKCS11();
  try {
    module.load(path);
    module.C_Initialize({ flags: library.CKF_OS_LOCKING_OK });
  } catch (error) {
    const reason = codeOf(error) === null ? "cannot be loaded" : `said ${nameOf(error)}`;
    throw new KeyRefusedError(
      service,
      `module \`${path}\` ${reason}; check its path and its own configuration`,
      {
        cause: error,
      },
    );
  }
  return module;
}

function closeModule(path: string): void {
  const opened = openModules.get(path);
  if (!opened || --opened.users > 0) return;
  openModules.delete(path);
  finalize(opened.module);
  opened.module.close();
}

function finalize(module: Cryptoki.PKCS11): void {
  try {
    module.C_Finalize();
  } catch {
    // It could not be started again the last time, and so has ended already.
  }
}
