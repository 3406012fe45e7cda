// The transit engine of OpenBao (and of Vault, whose API it keeps): the wrapping key is made there and stays there.
// https://openbao.org/api-docs/secret/transit/
// The control thread owns its state.
import type { Agent } from "undici";
import { decodeUtf8, encodeUtf8, fromBase64, isObject, toBase64 } from "../../base/index.ts";
import { contextBytes } from "./key-context.ts";
import {
  type KeyContext,
  KeyRefusedError,
  type KeyService,
  KeysUnavailableError,
  type KeyVersion,
  type WrappedKey,
} from "./key-service.ts";

export interface TransitOptions {
  /** `https://bao.internal:8200`, without a slash at its end. */
  readonly address: string;
  /** Where the engine is mounted. */
  readonly mount: string;
  readonly key: string;
  /** Null where there are none. */
  readonly namespace: string | null;
  /** Asked for each call, for an agent may renew it at any time. Throws when there is none. */
  readonly token: () => string;
  /** PEM of the authorities that vouch for the server; null: the system's. */
  readonly authorities: string | null;
  readonly timeoutMs: number;
}

const service = "transit";
const maxAnswerBytes = 64 * 1024;
const connections = 16;

export function openTransitService(options: TransitOptions): KeyService {
  const engine = new TransitEngine(options);
  const name = `${options.mount}/${options.key}`;
  const wrap = async (plain: Uint8Array, context: KeyContext): Promise<WrappedKey> => {
    const { ciphertext } = await engine.call(`encrypt/${options.key}`, {
      plaintext: toBase64(plain),
      associated_data: toBase64(contextBytes(context)),
    });
    const version = typeof ciphertext === "string" ? versionOf(ciphertext) : null;
    if (typeof ciphertext !== "string" || version === null) throw engine.garbled();
    return { key: name, version, ciphertext: encodeUtf8(ciphertext) };
  };
  const unwrap = async (wrapped: WrappedKey, context: KeyContext): Promise<Uint8Array> => {
    const ciphertext = decodeUtf8(wrapped.ciphertext) ?? "";
    if (wrapped.key !== name || wrapped.version !== versionOf(ciphertext)) {
      throw new KeyRefusedError(
        service,
        `\`${context.handle}\` is not wrapped under a version of \`${name}\``,
      );
    }
    const { plaintext } = await engine.call(`decrypt/${options.key}`, {
      ciphertext,
      associated_data: toBase64(contextBytes(context)),
    });
    const plain = typeof plaintext === "string" ? fromBase64(plaintext) : null;
    if (!plain) throw engine.garbled();
    return plain;
  };
  const describe = async (): Promise<KeyVersion> => {
    const described = await engine.call(`keys/${options.key}`, null);
    requireFit(name, described);
    const version = newestOf(described["keys"]);
    if (version === null) throw engine.garbled();
    return { key: name, version };
  };
  return {
    name: service,
    warning: null,
    wrap,
    unwrap,
    // The engine's own `rewrap` takes no associated data, and so cannot open what is bound to a context.
    rewrap: async (wrapped, context) => wrap(await unwrap(wrapped, context), context),
    rotate: async () => {
      await engine.call(`keys/${options.key}/rotate`, {});
      return describe();
    },
    describe,
    close: () => engine.close(),
  };
}

type Members = Readonly<Record<string, unknown>>;

class TransitEngine {
  readonly #options: TransitOptions;
  #agent: Agent | null = null;

  constructor(options: TransitOptions) {
    this.#options = options;
  }

  /** Resolves with the answer's `data`. Without a body it is a GET. */
  async call(path: string, body: Members | null): Promise<Members> {
    const { status, text } = await this.#ask(path, body);
    if (status === 204) return {};
    if (status === 200) return this.#data(text);
    // Nothing of the answer is repeated: a proxy may have put anything in it, also what it was sent.
    throw status === 400 || status === 404
      ? new KeyRefusedError(service, `\`${this.#url(path)}\` answered ${status}${meanings.get(status)}`)
      : this.#unavailable(`\`${this.#url(path)}\` answered ${status}${meanings.get(status) ?? ""}`);
  }

  garbled(): KeysUnavailableError {
    return this.#unavailable(`\`${this.#options.address}\` does not answer as a transit engine does`);
  }

  async close(): Promise<void> {
    await this.#agent?.close();
  }

  async #ask(path: string, body: Members | null): Promise<{ status: number; text: string }> {
    const headers = this.#headers();
    // Loaded on use: who keeps keys elsewhere starts without an HTTP client.
    const { Agent, request } = await import("undici");
    this.#agent ??= new Agent(agentOptions(this.#options));
    try {
      const answer = await request(this.#url(path), {
        method: body ? "POST" : "GET",
        headers,
        body: body && JSON.stringify(body),
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(this.#options.timeoutMs),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      throw this.#unavailable(`\`${this.#options.address}\`: ${causeOf(error)}`, error);
    }
  }

  #headers(): Record<string, string> {
    const { namespace } = this.#options;
    return {
      "content-type": "application/json",
      "x-vault-request": "true",
      "x-vault-token": this.#token(),
      ...(namespace !== null && { "x-vault-namespace": namespace }),
    };
  }

  #token(): string {
    try {
      return this.#options.token();
    } catch (error) {
      throw this.#unavailable(`its token cannot be read (${causeOf(error)})`, error);
    }
  }

  #url(path: string): string {
    return `${this.#options.address}/v1/${this.#options.mount}/${path}`;
  }

  #data(text: string): Members {
    try {
      const { data } = JSON.parse(text) as { readonly data?: unknown };
      // A rotation may be answered with no data at all.
      if (data === null || data === undefined) return {};
      if (isObject(data)) return data;
    } catch {
      // Falls through: what is no JSON is no answer of the engine.
    }
    throw this.garbled();
  }

  #unavailable(reason: string, cause?: unknown): KeysUnavailableError {
    return new KeysUnavailableError(service, reason, { cause });
  }
}

function agentOptions({ timeoutMs, authorities }: TransitOptions): Agent.Options {
  return {
    connections,
    connect: { timeout: timeoutMs, ...(authorities !== null && { ca: authorities }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxAnswerBytes,
  };
}

const meanings: ReadonlyMap<number, string> = new Map([
  [307, ": it is a standby; name the active node, or a load balancer"],
  [400, ": the key is another one, or what it is to open was damaged or moved"],
  [403, ": the token is missing, has expired, or has no right to this path"],
  [404, ": there is no such engine, namespace or key"],
  [429, ": it is asked too often, or it is a standby"],
  [503, ": it is sealed or in maintenance"],
]);

/** A key that can be read out of the engine would not stay in its cell. */
function requireFit(name: string, described: Members): void {
  const unfit = [
    ["exportable", described["exportable"] !== false, "it can be exported"],
    [
      "allow_plaintext_backup",
      described["allow_plaintext_backup"] !== false,
      "it can be backed up in the clear",
    ],
    [
      "derived",
      described["derived"] !== false,
      "it wants a context for derivation; keys are bound by associated data",
    ],
    [
      "type",
      !/^(aes128-gcm96|aes256-gcm96|x?chacha20-poly1305)$/.test(String(described["type"])),
      "it takes no associated data",
    ],
  ].find(([, isUnfit]) => isUnfit);
  if (!unfit) return;
  const [member, , reason] = unfit;
  throw new KeyRefusedError(
    service,
    `key \`${name}\` is unfit by its \`${member}\`: ${reason}; make another one`,
  );
}

/** The engine's texts state the version. Read strictly, for the engine itself takes other spellings of the same bytes. */
function versionOf(ciphertext: string): string | null {
  const [, version, encoded = ""] = /^vault:v([1-9]\d{0,8}):(.+)$/s.exec(ciphertext) ?? [];
  return version !== undefined && fromBase64(encoded) ? version : null;
}

/** `keys` has a member for each version that can still be used. */
function newestOf(keys: unknown): string | null {
  if (!isObject(keys)) return null;
  const versions = Object.keys(keys).filter((version) => /^[1-9]\d{0,8}$/.test(version));
  return versions.length === 0 ? null : String(Math.max(...versions.map(Number)));
}

/** Names the cause by its code alone: the texts of others may quote what was sent. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "the call failed";
  if (error.name === "TimeoutError") return "no answer in time";
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  return code ?? error.name;
}
