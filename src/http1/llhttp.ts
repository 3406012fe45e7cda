// llhttp, the parser that Node itself has, in the WebAssembly build that undici carries (decision 0041). No leniency is
// switched on, so it refuses what RFC 9112 refuses: folded lines, a bare LF, two lengths, a length beside chunks.
// State of the thread: one instance, which reads one piece of one message at a time and calls nobody while it does.
import { ERROR, METHODS, TYPE } from "undici/lib/llhttp/constants.js";
import llhttpModule from "undici/lib/llhttp/llhttp_simd-wasm.js";

/** What one parser is told while it reads. `at` and `length` are of the bytes that are being read. */
export interface Callbacks {
  onTarget(at: number, length: number): void;
  onFieldName(at: number, length: number): void;
  onFieldValue(at: number, length: number): void;
  onHead(keepsAlive: boolean): void;
  onBody(at: number, length: number): void;
  onComplete(keepsAlive: boolean): void;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_resume(parser: number): void;
  llhttp_resume_after_upgrade(parser: number): void;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_http_major(parser: number): number;
  llhttp_get_http_minor(parser: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_should_keep_alive(parser: number): number;
  llhttp_get_status_code(parser: number): number;
}

/** Longer pieces are read in several steps. As much as Node reads from a socket at once. */
export const pieceBytes = 65_536;

/** Set while `execute` or `finish` runs, and only then. */
let reading: Callbacks | null = null;

const codes = {
  ok: numberOf(ERROR, "OK"),
  paused: numberOf(ERROR, "PAUSED"),
  pausedForUpgrade: numberOf(ERROR, "PAUSED_UPGRADE"),
};
const kinds = { request: numberOf(TYPE, "REQUEST"), response: numberOf(TYPE, "RESPONSE") };
const goOn = 0;

const callbacks = {
  wasm_on_message_begin: () => goOn,
  wasm_on_status: () => goOn,
  wasm_on_url: (_: number, at: number, length: number) => tell("onTarget", at, length),
  wasm_on_header_field: (_: number, at: number, length: number) => tell("onFieldName", at, length),
  wasm_on_header_value: (_: number, at: number, length: number) => tell("onFieldValue", at, length),
  wasm_on_headers_complete(...[, , , keepsAlive]: readonly number[]): number {
    reading?.onHead(keepsAlive === 1);
    return goOn;
  },
  wasm_on_body: (_: number, at: number, length: number) => tell("onBody", at, length),
  /** What follows is another message: it is read when this one has been dealt with. */
  wasm_on_message_complete(parser: number): number {
    reading?.onComplete(llhttp.llhttp_should_keep_alive(parser) === 1);
    return codes.paused;
  },
};

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(llhttpModule), { env: callbacks });
const llhttp = exports as Exports;
const piece = llhttp.malloc(pieceBytes);
let memory = new Uint8Array(llhttp.memory.buffer);

function tell(
  event: "onTarget" | "onFieldName" | "onFieldValue" | "onBody",
  at: number,
  length: number,
): number {
  reading?.[event](at - piece, length);
  return goOn;
}

/** A name of llhttp's, `HPE_` left out: `HEADER_OVERFLOW`. It holds nothing of what was read. */
export type LlhttpError = string;

export interface Progress {
  /** How many bytes of the piece belong to the message; the rest comes after it. */
  readonly consumed: number;
  readonly error: LlhttpError | null;
}

/** One stream of messages of one kind. `free` must be called once, and nothing after it. */
export class Llhttp {
  readonly #parser: number;
  readonly #callbacks: Callbacks;

  constructor(kind: "request" | "response", told: Callbacks) {
    this.#parser = llhttp.llhttp_alloc(kind === "request" ? kinds.request : kinds.response);
    this.#callbacks = told;
  }

  /** Reads until the end of the message or of `bytes`, of which there may be {@link pieceBytes} at most. */
  execute(bytes: Uint8Array): Progress {
    // Its memory is another one after it has grown, for parsers of more connections.
    if (memory.buffer !== llhttp.memory.buffer) memory = new Uint8Array(llhttp.memory.buffer);
    memory.set(bytes, piece);
    reading = this.#callbacks;
    try {
      const code = llhttp.llhttp_execute(this.#parser, piece, bytes.length);
      if (code === codes.ok) return { consumed: bytes.length, error: null };
      const consumed = llhttp.llhttp_get_error_pos(this.#parser) - piece;
      return { consumed, error: this.#errorOf(code) };
    } finally {
      reading = null;
    }
  }

  /** The other end has said all it has to say. For an answer without a length that is its end (RFC 9112 §6.3). */
  finish(): LlhttpError | null {
    reading = this.#callbacks;
    try {
      return this.#errorOf(llhttp.llhttp_finish(this.#parser));
    } finally {
      reading = null;
    }
  }

  /** A wish to speak another protocol is not granted (RFC 9110 §7.8): the message is one like any other. */
  #errorOf(code: number): LlhttpError | null {
    if (code === codes.ok) return null;
    if (code === codes.paused) llhttp.llhttp_resume(this.#parser);
    else if (code === codes.pausedForUpgrade) llhttp.llhttp_resume_after_upgrade(this.#parser);
    else return errorNames.get(code) ?? "UNKNOWN";
    return null;
  }

  get method(): string {
    return methodNames.get(llhttp.llhttp_get_method(this.#parser)) ?? "";
  }

  get status(): number {
    return llhttp.llhttp_get_status_code(this.#parser);
  }

  get httpVersion(): string {
    return `${llhttp.llhttp_get_http_major(this.#parser)}.${llhttp.llhttp_get_http_minor(this.#parser)}`;
  }

  free(): void {
    llhttp.llhttp_free(this.#parser);
  }
}

const methodNames = namesOf(METHODS);
const errorNames = namesOf(ERROR);

/** Looked up, not written down: they are another package's, and change with it. */
function numberOf(numbers: Readonly<Record<string, number>>, name: string): number {
  const number = numbers[name];
  if (number === undefined) throw new TypeError(`undici's llhttp knows no ${name}`);
  return number;
}

function namesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
}
