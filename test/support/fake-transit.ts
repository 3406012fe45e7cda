// The transit engine's documented API over a real socket, with real AES-GCM and versions, and the faults of a day.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type TransitFault =
  | "down"
  | "forbidden"
  | "limited"
  | "sealed"
  | "hang"
  | "garbage"
  | "huge"
  | "redirect";

export interface TransitRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}

interface FakeOptions {
  readonly token?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What reading the key tells of it beside its versions. */
  readonly description?: Readonly<Record<string, unknown>>;
}

export class FakeTransit {
  readonly requests: TransitRequest[] = [];
  fault: TransitFault | null = null;
  readonly #versions: Buffer[] = [randomBytes(32)];
  readonly #options: FakeOptions;
  readonly #server: Server;

  private constructor(options: FakeOptions) {
    this.#options = options;
    const answer = (asked: IncomingMessage, response: ServerResponse) => void this.#answer(asked, response);
    this.#server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer);
  }

  static async start(options: FakeOptions = {}): Promise<FakeTransit> {
    const fake = new FakeTransit(options);
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get address(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#options.tls ? "https" : "http"}://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = asked.url ?? "";
    const body = await bodyOf(asked);
    this.requests.push({ method: asked.method ?? "", path, headers: asked.headers, body });
    if (this.fault === "hang") return;
    if (this.fault === "down") return void asked.socket.destroy();
    if (this.fault === "forbidden" || asked.headers["x-vault-token"] !== (this.#options.token ?? "s.token")) {
      return fail(response, 403, "permission denied");
    }
    if (this.fault === "limited") return fail(response, 429, "request path: rate limit quota exceeded");
    if (this.fault === "sealed") return fail(response, 503, "Vault is sealed");
    if (this.fault === "garbage") return void response.end("<html>hello");
    if (this.fault === "huge") return void response.end(`{"data":{"ciphertext":"${"A".repeat(1 << 20)}"}}`);
    if (this.fault === "redirect")
      return void response.writeHead(307, { location: this.address + path }).end();
    this.#operate(asked.method ?? "", path, body, response);
  }

  #operate(method: string, path: string, body: TransitRequest["body"], response: ServerResponse): void {
    switch (`${method} ${path}`) {
      case "GET /v1/transit/keys/cell":
        return succeed(response, this.#describe());
      case "POST /v1/transit/keys/cell/rotate":
        this.#versions.push(randomBytes(32));
        return succeed(response, this.#describe());
      case "POST /v1/transit/encrypt/cell":
        return succeed(response, { ciphertext: this.#encrypt(body), key_version: this.#versions.length });
      case "POST /v1/transit/decrypt/cell": {
        const plaintext = this.#decrypt(body);
        return plaintext === null
          ? fail(response, 400, "cipher: message authentication failed")
          : succeed(response, { plaintext });
      }
      default:
        return fail(response, 404, "no handler for route");
    }
  }

  #describe(): Readonly<Record<string, unknown>> {
    return {
      name: "cell",
      type: "aes256-gcm96",
      derived: false,
      exportable: false,
      allow_plaintext_backup: false,
      keys: Object.fromEntries(this.#versions.map((_, index) => [String(index + 1), 1_790_000_000 + index])),
      ...this.#options.description,
    };
  }

  #encrypt({ plaintext, associated_data: bound }: TransitRequest["body"]): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#versions.at(-1) ?? "", nonce);
    cipher.setAAD(Buffer.from(String(bound), "base64"));
    const sealed = [nonce, cipher.update(String(plaintext), "base64"), cipher.final(), cipher.getAuthTag()];
    return `vault:v${this.#versions.length}:${Buffer.concat(sealed).toString("base64")}`;
  }

  #decrypt({ ciphertext, associated_data: bound }: TransitRequest["body"]): string | null {
    const [, version, encoded = ""] = /^vault:v(\d+):(.*)$/.exec(String(ciphertext)) ?? [];
    const key = this.#versions[Number(version) - 1];
    const sealed = Buffer.from(encoded, "base64");
    if (!key || sealed.length < 28) return null;
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(String(bound), "base64")).setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString("base64");
    } catch {
      return null;
    }
  }
}

async function bodyOf(asked: IncomingMessage): Promise<TransitRequest["body"]> {
  let text = "";
  for await (const chunk of asked) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as TransitRequest["body"]);
}

function succeed(response: ServerResponse, data: Readonly<Record<string, unknown>>): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
}

function fail(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ errors: [error] }));
}
