// Objects out of JSON while it comes: one after the other, as a list, or as a list that is a member of an object.
// Memory holds one of them, however long the text is.

/** It does not quote the text: a provider's log may hold prompts. */
export class BrokenJsonError extends Error {
  constructor(offset: number, reason: string) {
    super(`byte ${offset}: ${reason}`);
    this.name = "BrokenJsonError";
  }
}

/** A log of invocations holds whole prompts, of 100 KB each where they are not kept apart. */
export const maxRecordBytes: number = 16 * 1024 * 1024;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
/** What may stand between two records. */
const between = new Set([0x20, 0x09, 0x0a, 0x0d, comma, openList, closeList, openObject, closeObject]);

/** Owner: whoever reads one text by it. What a record holds is for the parser to judge; this only finds its ends. */
export class JsonRecords {
  /** The member that holds the list, where the text is an object. */
  readonly #wrapper: string;
  /** Bytes before those that are being read. */
  #offset = 0;
  #depth = 0;
  /** The depth at which objects are records: 0 for one after the other, 1 in a list, 2 in a wrapper's. */
  #recordDepth = 0;
  #isInString = false;
  #isEscaped = false;
  /** What has come of the record that has begun; null between records. */
  #begun: Uint8Array[] | null = null;
  #begunBytes = 0;
  /** Where in the bytes that are being read its part of them begins. */
  #start = 0;
  #fault: BrokenJsonError | null = null;

  constructor(wrapper: string) {
    this.#wrapper = wrapper;
  }

  /** Where the text is broken; null where it is whole as far as it is read. Behind that nothing can be pushed. */
  get fault(): BrokenJsonError | null {
    return this.#fault;
  }

  /** The records that end in `bytes`, up to where they are broken. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#fault !== null) throw this.#fault;
    const records: Uint8Array[] = [];
    try {
      this.#read(bytes, records);
    } catch (error) {
      if (!(error instanceof BrokenJsonError)) throw error;
      this.#fault = error;
    }
    return records;
  }

  /** Throws BrokenJsonError where the text is broken, or ends in the middle. */
  end(): void {
    if (this.#fault !== null) throw this.#fault;
    if (this.#depth > 0) throw this.#broken(0, "the text ends in the middle of a record");
  }

  #read(bytes: Uint8Array, records: Uint8Array[]): void {
    this.#start = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (this.#isInString) at = this.#skipString(bytes, at);
      else {
        const record = this.#take(bytes, at);
        if (record !== null) records.push(record);
      }
    }
    // The reader may use its buffer again.
    if (this.#begun !== null) this.#keep(Uint8Array.from(bytes.subarray(this.#start)));
    this.#offset += bytes.length;
  }

  /** The record that ends here; null where none does. */
  #take(bytes: Uint8Array, at: number): Uint8Array | null {
    const byte = bytes[at] ?? 0;
    if (this.#begun === null && this.#depth === this.#recordDepth && !between.has(byte))
      throw this.#broken(at, "a record is a JSON object, and here is something else");
    if (byte === quote) this.#isInString = true;
    else if (byte === openObject || byte === openList) this.#open(bytes, at);
    else if (byte === closeObject || byte === closeList) return this.#close(bytes, at);
    return null;
  }

  #open(bytes: Uint8Array, at: number): void {
    const isList = bytes[at] === openList;
    if (this.#begun === null && this.#depth === this.#recordDepth) {
      if (isList && this.#depth > 0) throw this.#broken(at, "a record is a JSON object, and here is a list");
      if (isList) this.#recordDepth = 1;
      else this.#begin(at);
    } else if (isList && this.#isWrappersList(bytes.subarray(this.#start, at))) {
      this.#begun = null;
      this.#recordDepth = 2;
    }
    this.#depth++;
  }

  #begin(at: number): void {
    this.#begun = [];
    this.#begunBytes = 0;
    this.#start = at;
  }

  /** Whether the object that has begun is no record: then nothing but the member's name stands before its list. */
  #isWrappersList(head: Uint8Array): boolean {
    const length = this.#begunBytes + head.length;
    if (this.#recordDepth !== 0 || this.#depth !== 1 || this.#begun === null || length > 256) return false;
    const text = Buffer.concat([...this.#begun, head]).toString("latin1");
    return text.replaceAll(/\s/g, "") === `{"${this.#wrapper}":`;
  }

  #close(bytes: Uint8Array, at: number): Uint8Array | null {
    this.#depth--;
    if (this.#depth < 0) throw this.#broken(at, "a bracket closes what was not opened");
    if (this.#begun !== null && this.#depth === this.#recordDepth) {
      const record = Buffer.concat([...this.#begun, bytes.subarray(this.#start, at + 1)]);
      this.#begun = null;
      return record;
    }
    // The list has ended. What else a wrapper holds is at a depth where nothing is a record.
    if (this.#depth < this.#recordDepth) this.#recordDepth = 0;
    return null;
  }

  /** The position of the last byte that belongs to the string. */
  #skipString(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (bytes[at] === backslash) this.#isEscaped = true;
      else if (bytes[at] === quote) {
        this.#isInString = false;
        return at;
      }
    }
    return bytes.length;
  }

  #keep(part: Uint8Array): void {
    this.#begunBytes += part.length;
    if (this.#begunBytes > maxRecordBytes)
      throw this.#broken(0, `a record is longer than ${maxRecordBytes} bytes`);
    this.#begun?.push(part);
  }

  #broken(at: number, reason: string): BrokenJsonError {
    return new BrokenJsonError(this.#offset + at, reason);
  }
}
