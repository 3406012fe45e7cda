// Server-sent events: WHATWG HTML §9.2.6, bytes in, events out, and the two things that a server writes.
// Whoever opens it owns its state.
import { fail, ok, type Result } from "../base/index.ts";

/** `id` and `retry` serve reconnection, which no model API offers; they are read over. */
export interface SseEvent {
  /** `message` unless the stream named it. */
  readonly name: string;
  readonly data: string;
}

export type SseFault =
  /** One event is larger than the reader may hold. */
  | "event_too_large"
  /** The standard would put U+FFFD there; but what is passed on must be what came, so it ends the stream. */
  | "invalid_utf8";

/** For bytes that end with a whole character. It keeps nothing from one use to the next, so it is one for all streams. */
const wholeDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Incremental: the way in which the bytes are cut into chunks never changes the events. */
export class SseParser {
  /**
   * Only while a character is cut in two: it keeps a part of one. Node's decoder drops a byte order mark twice when the
   * first one is cut in two, so we drop it ourselves.
   */
  #cutDecoder: TextDecoder | null = null;
  readonly #maxEventLength: number;
  #name = "";
  /** The lines of data, with a line feed between each two; null before the first. */
  #data: string | null = null;
  /** Characters in the lines of data. */
  #held = 0;
  #line = "";
  #isAfterCarriageReturn = false;
  #isAtStart = true;

  /** `maxEventLength` bounds, in characters, the data of one event together with the line being read. */
  constructor(maxEventLength: number) {
    this.#maxEventLength = maxEventLength;
  }

  /**
   * The events that `bytes` complete. A fault takes the events of the same chunk with it, and the parser is spent.
   * An event that the end of the stream leaves open never happened (§9.2.6).
   */
  push(bytes: Uint8Array): Result<readonly SseEvent[], SseFault> {
    const text = this.#decode(bytes);
    if (text === null) return fail("invalid_utf8");
    const events: SseEvent[] = [];
    let start = this.#isAfterCarriageReturn && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#isAfterCarriageReturn = text.endsWith("\r");
    let lineFeed = text.indexOf("\n", start);
    let carriageReturn = text.indexOf("\r", start);
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const isByReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed);
      const end = isByReturn ? carriageReturn : lineFeed;
      this.#line = this.#line === "" ? text.slice(start, end) : this.#line + text.slice(start, end);
      if (this.#isTooLarge()) return fail("event_too_large");
      const event = this.#endLine();
      if (event) events.push(event);
      start = isByReturn && lineFeed === end + 1 ? end + 2 : end + 1;
      if (lineFeed !== -1 && lineFeed < start) lineFeed = text.indexOf("\n", start);
      if (isByReturn) carriageReturn = text.indexOf("\r", start);
    }
    this.#line += text.slice(start);
    return this.#isTooLarge() ? fail("event_too_large") : ok(events);
  }

  /**
   * What the stream's end leaves open, where it is the `[DONE]` by which streams of model APIs are closed: some servers
   * send it last and without its blank line. Nothing else is made up.
   */
  end(): SseEvent | null {
    if (this.#line !== "") this.#endLine();
    const event = this.#dispatch();
    return event?.data === "[DONE]" ? event : null;
  }

  #isTooLarge(): boolean {
    return this.#held + this.#line.length > this.#maxEventLength;
  }

  /** One byte order mark at the very start is no part of the text (§9.2.6). */
  #decode(bytes: Uint8Array): string | null {
    const text = this.#decodeUtf8(bytes);
    if (text === null || text === "" || !this.#isAtStart) return text;
    this.#isAtStart = false;
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  }

  #decodeUtf8(bytes: Uint8Array): string | null {
    const endsWhole = (bytes[bytes.length - 1] ?? 0) < 0x80;
    try {
      if (endsWhole && this.#cutDecoder === null) return wholeDecoder.decode(bytes);
      this.#cutDecoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      const text = this.#cutDecoder.decode(bytes, { stream: true });
      // An empty chunk ends nothing.
      if (endsWhole && bytes.length > 0) this.#cutDecoder = null;
      return text;
    } catch {
      return null;
    }
  }

  #endLine(): SseEvent | null {
    const line = this.#line;
    this.#line = "";
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== "data" && field !== "event") return null;
    const value = colon === -1 ? "" : line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
    if (field === "event") this.#name = value;
    else {
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      this.#held += line.length;
    }
    return null;
  }

  #dispatch(): SseEvent | null {
    const data = this.#data;
    const name = this.#name || "message";
    this.#name = "";
    this.#data = null;
    this.#held = 0;
    return data === null ? null : { name, data };
  }
}

/** An event without a name. Line ends inside `data` become further `data` lines. */
export function formatSseData(data: string): string {
  return `${prefixLines("data: ", data)}\n\n`;
}

/** An event with a name, by which Anthropic's clients and those of OpenAI's responses go. */
export function formatSseEvent(name: string, data: string): string {
  return `event: ${name}\n${formatSseData(data)}`;
}

/** A comment: clients read over it, people and proxies do not. */
export function formatSseComment(text: string): string {
  return `${prefixLines(": ", text)}\n\n`;
}

function prefixLines(prefix: string, text: string): string {
  // What models say is JSON, which holds none.
  if (!text.includes("\n") && !text.includes("\r")) return prefix + text;
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => prefix + line)
    .join("\n");
}
