// WHATWG HTML §9.2.6 as it is written, slowly: the whole text, a character at a time, with the standard's own buffers.

interface Event {
  readonly name: string;
  readonly data: string;
}

interface WholeStream {
  readonly events: readonly Event[];
  /** A `[DONE]` that the end of the stream left open. */
  readonly last: Event | null;
  /** Of which one is to be told; none where the stream is sound. */
  readonly faults: readonly string[];
}

export function readWholeStream(bytes: Uint8Array, maxEventLength: number): WholeStream {
  const length = longestUtf8(bytes);
  const text = decoded(bytes.subarray(0, length)) ?? "";
  const reader = new StandardReader(maxEventLength);
  reader.read(text.startsWith("\uFEFF") ? text.slice(1) : text);
  return {
    events: reader.events,
    last: reader.end(),
    faults: [
      ...(length < bytes.length ? ["invalid_utf8"] : []),
      ...(reader.isTooLarge ? ["event_too_large"] : []),
    ],
  };
}

/** How many bytes from the start are UTF-8, or could be with what comes after them. */
function longestUtf8(bytes: Uint8Array): number {
  let length = bytes.length;
  while (decoded(bytes.subarray(0, length)) === null) length--;
  return length;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

class StandardReader {
  readonly events: Event[] = [];
  readonly #maxEventLength: number;
  isTooLarge = false;
  #dataBuffer = "";
  #eventTypeBuffer = "";
  #line = "";
  /** Of the lines of data of this event. */
  #held = 0;

  constructor(maxEventLength: number) {
    this.#maxEventLength = maxEventLength;
  }

  read(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === "\n" && text.charAt(at - 1) === "\r") continue;
      if (character === "\n" || character === "\r") this.#endLine();
      else this.#line += character;
      if (this.#held + this.#line.length > this.#maxEventLength) {
        this.isTooLarge = true;
        return;
      }
    }
  }

  end(): Event | null {
    const before = this.events.length;
    if (this.#line !== "") this.#endLine();
    this.#dispatch();
    return this.events.splice(before).find(({ data }) => data === "[DONE]") ?? null;
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = "";
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return;
    if (colon === -1) return this.#field(line, "", line.length);
    const value = line.slice(colon + 1);
    this.#field(line.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value, line.length);
  }

  #field(name: string, value: string, lineLength: number): void {
    if (name === "event") this.#eventTypeBuffer = value;
    if (name !== "data") return;
    this.#dataBuffer += `${value}\n`;
    this.#held += lineLength;
  }

  #dispatch(): void {
    if (this.#dataBuffer !== "") {
      this.events.push({ name: this.#eventTypeBuffer || "message", data: this.#dataBuffer.slice(0, -1) });
    }
    this.#dataBuffer = "";
    this.#eventTypeBuffer = "";
    this.#held = 0;
  }
}
