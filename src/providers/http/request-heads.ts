// The heads of requests: all of each that never changes is written once.
import type { EndpointAddress, SessionCall, UpstreamCall } from "../provider.ts";

/** What is signed is what is written: escaped path, query, body. Returns the headers that say so. */
export type Signer = (request: {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: readonly Uint8Array[];
}) => Readonly<Record<string, string>>;

/** INVARIANT: whatever a policy, a secret or a caller's id holds, a head is one head: no value ends its line. */
export class RequestHeads {
  readonly #id: string;
  readonly #url: URL;
  readonly #ownFields: Readonly<Record<string, string>>;
  readonly #basePath: string;
  /** Escaped; empty where there is none. */
  readonly #query: string;
  /** Those of every request. */
  readonly #fields: string;
  readonly #begun: Map<string, string> = new Map();
  readonly #host: string;
  readonly #queryMembers: Readonly<Record<string, string>>;
  readonly #sign: Signer | null;

  constructor({ id, apiKey, calling }: EndpointAddress, url: URL, sign: Signer | null = null) {
    const { host, pathname } = url;
    this.#id = id;
    this.#url = url;
    this.#host = host;
    this.#queryMembers = calling?.query ?? {};
    this.#sign = sign;
    this.#basePath = pathname.replace(/\/+$/, "");
    this.#query = new URLSearchParams(calling?.query ?? {}).toString();
    this.#ownFields = {
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      ...calling?.headers,
    };
    const fields = {
      host,
      connection: "keep-alive",
      "accept-encoding": "identity",
      ...this.#ownFields,
    };
    this.#fields = Object.entries(fields)
      .map(([name, value]) => this.#field(name, value))
      .join("");
  }

  /** A head is good for some minutes only. */
  get areSigned(): boolean {
    return this.#sign !== null;
  }

  get(path: string): string {
    return `${this.#begin("GET", path)}${this.#signature("GET", path, [])}\r\n`;
  }

  /** Of what is asked before it is known who is there, and once: no key is in it, and none of the endpoint's own headers. */
  bare(path: string): string {
    const host = this.#field("host", this.#host);
    return `${this.#line("GET", path)}${host}connection: keep-alive\r\naccept-encoding: identity\r\n\r\n`;
  }

  post(path: string, { accept, contentType, requestId, transferId, body }: UpstreamCall): string {
    const transfer = transferId ? this.#field("bailiwick-transfer", transferId) : "";
    return (
      this.#begin("POST", path) +
      this.#signature("POST", path, body) +
      this.#media(accept, contentType) +
      `${this.#field("x-request-id", requestId)}${transfer}content-length: ${lengthOf(body)}\r\n\r\n`
    );
  }

  /** Of a session's handshake, whose own lines are its library's. The model is named in the query. */
  session(
    path: string,
    { model, requestId, transferId }: SessionCall,
  ): { readonly url: URL; readonly headers: Readonly<Record<string, string>> } {
    const url = new URL(this.#url);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.pathname = this.#basePath + path;
    url.search = new URLSearchParams({ ...this.#queryMembers, model }).toString();
    const transfer = transferId ? { "bailiwick-transfer": transferId } : {};
    return { url, headers: { ...this.#ownFields, "x-request-id": requestId, ...transfer } };
  }

  /** Nearly all calls are of two kinds. */
  #media(accept: string, contentType: string): string {
    if (contentType === "application/json") return `accept: ${accept}\r\ncontent-type: application/json\r\n`;
    return `accept: ${accept}\r\n${this.#field("content-type", contentType)}`;
  }

  #begin(method: "GET" | "POST", path: string): string {
    const key = method + path;
    const begun = this.#begun.get(key) ?? this.#line(method, path) + this.#fields;
    this.#begun.set(key, begun);
    return begun;
  }

  #signature(method: "GET" | "POST", path: string, body: readonly Uint8Array[]): string {
    if (!this.#sign) return "";
    const request = {
      method,
      host: this.#host,
      path: this.#basePath + path,
      query: this.#queryMembers,
      body,
    };
    return Object.entries(this.#sign(request))
      .map(([name, value]) => this.#field(name, value))
      .join("");
  }

  #line(method: string, path: string): string {
    const separator = path.includes("?") ? "&" : "?";
    const target = this.#basePath + path + (this.#query === "" ? "" : separator + this.#query);
    if (!/^\/[!-~]*$/.test(target)) throw this.#mistake("its path");
    return `${method} ${target} HTTP/1.1\r\n`;
  }

  /** RFC 9110 §5.5 and §5.6.2. The error says the name alone: values are secrets. */
  #field(name: string, value: string): string {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw this.#mistake("the name of a header");
    if (!/^[\t -~\x80-\xff]*$/.test(value)) throw this.#mistake(`header \`${name}\``);
    return `${name}: ${value}\r\n`;
  }

  #mistake(what: string): TypeError {
    return new TypeError(`endpoint \`${this.#id}\`: ${what} is not fit for HTTP/1.1`);
  }
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}
