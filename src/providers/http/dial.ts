// The only file that opens sockets to other machines.
import { connect as connectPlain, Socket } from "node:net";
import { connect as connectSecure, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { publicKeyHash } from "../attestation/endorsement.ts";
import type { Origin } from "./origin.ts";

/** What a socket tells. INVARIANT: `onClose` comes last, once, and always. */
export interface DialledSocket {
  /** Also the other end has shown that it is who it should be. */
  onMade(): void;
  /** `bytes` are overwritten afterwards. False: no more for now, until the socket is resumed. */
  onBytes(bytes: Buffer): boolean;
  /** The other end has said all it has to say. */
  onEnd(): void;
  onError(code: string): void;
  onClose(): void;
}

export type Dial = (told: DialledSocket) => Socket;

/** One for all sockets of the thread: whoever is told of bytes deals with them at once. */
const readBuffer = Buffer.allocUnsafeSlow(65_536);

/**
 * INVARIANT: connects to `origin` and nowhere else, over no proxy, and speaks HTTP/1.1 alone: its header limit, its timeouts
 * and its order of writing are the ones that are tested.
 */
export function dialTo(origin: Origin): Dial {
  const { host, port } = origin;
  const secure = origin.tls ? new SecureTerms(origin.tls) : null;
  return (told) => {
    const options = {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay,
      onread: reader(told),
    };
    return open(() => (secure ? secure.connect(options) : connectPlain(options)))
      .once(secure ? "secureConnect" : "connect", () => told.onMade())
      .once("end", () => told.onEnd())
      .on("error", (error) => told.onError(codeOf(error)))
      .once("close", () => told.onClose());
  };
}

/** Of the key that the other end has proved to hold; null where it has proved none, or one that cannot be read. */
export function peerKeyHash(socket: Socket): Uint8Array | null {
  try {
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    return certificate ? publicKeyHash(certificate) : null;
  } catch {
    return null;
  }
}

const keepAliveInitialDelay = 60_000;
export const connectTimeoutMs = 3_000;

/** Rejects with the code of an error of Node's. */
export type DialStream = (signal: AbortSignal) => Promise<Socket>;

/** The same for a connection that whoever takes it reads as it comes, and that tells of its end as any socket does. */
export function dialStream(origin: Origin): DialStream {
  const { host, port } = origin;
  const secure = origin.tls ? new SecureTerms(origin.tls) : null;
  return async (signal) => {
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay };
    const socket = open(() => (secure ? secure.connect(options) : connectPlain(options)));
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const give = (code: string) => (): void => {
      reject(code);
      socket.destroy();
    };
    const timer = setTimeout(give("ETIMEDOUT"), connectTimeoutMs);
    const onAbort = give("ECONNABORTED");
    signal.addEventListener("abort", onAbort);
    socket.once(secure ? "secureConnect" : "connect", () => resolve(socket));
    // Also later, when nobody is told of it by this any more.
    socket.on("error", (error) => reject(codeOf(error)));
    socket.once("close", () => reject("ECONNRESET"));
    if (signal.aborted) onAbort();
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  };
}

/** What OpenSSL makes of certificates and keys only now (too weak, no pair) is told as any other failure is. */
function open(connect: () => Socket): Socket {
  try {
    return connect();
  } catch (error) {
    return new Socket().destroy(error as Error);
  }
}

function reader(told: DialledSocket) {
  return {
    buffer: readBuffer,
    callback: (length: number, buffer: Uint8Array) => told.onBytes((buffer as Buffer).subarray(0, length)),
  };
}

type TlsOptions = NonNullable<Origin["tls"]>;

class SecureTerms {
  readonly #options: TlsOptions;
  #context: SecureContext | null = null;
  /** Node tells it only of a server whose certificate held, and looks at the name in it no more when it is resumed. */
  #session: Buffer | null = null;

  constructor(options: TlsOptions) {
    this.#options = options;
  }

  connect(options: object): TLSSocket {
    const { ca, client, serverName, mayResume } = this.#options;
    this.#context ??= createSecureContext({
      ...(ca !== null && { ca }),
      ...(client && { cert: client.certificate, key: client.key }),
    });
    return connectSecure({
      ...options,
      secureContext: this.#context,
      servername: serverName,
      ALPNProtocols: ["http/1.1"],
      ...(this.#session && { session: this.#session }),
    })
      .on("session", (session: Buffer) => (this.#session = mayResume ? session : null))
      .once("error", () => (this.#session = null));
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : "UNKNOWN";
}
