// The entries of a cell's logs, as they are published. What is read is not verified: that is `ledger verify`'s matter.
import type { PublishedLog } from "../../store/index.ts";

export type OpenLogs = () => Promise<readonly PublishedLog[]>;

export interface EntryReader {
  /** `index`: in the log of that origin. */
  readonly take: (origin: string, index: number, bytes: Uint8Array) => void;
  readonly onProgress: (read: number, size: number) => void;
}

const progressEvery = 1_024;

/** Owner: one run. */
export class PublishedEntries {
  readonly #openLogs: OpenLogs;
  /** By origin: entries read. */
  readonly #read = new Map<string, number>();

  constructor(openLogs: OpenLogs) {
    this.#openLogs = openLogs;
  }

  /** Those that were published since it was called last. */
  async readOn({ take, onProgress }: EntryReader): Promise<void> {
    for (const log of await this.#openLogs()) {
      const checkpoint = await log.readCheckpoint();
      if (checkpoint === null || !(await log.hasEntries())) continue;
      const { origin, size } = checkpoint;
      const from = this.#read.get(origin) ?? 0;
      if (from >= size) continue;
      for await (const { index, bytes } of log.readEntries(from, size - 1)) {
        take(origin, index, bytes);
        if (index % progressEvery === 0) onProgress(index, size);
      }
      this.#read.set(origin, size);
    }
  }
}

/** Whether an entry may be of that type: to parse one takes longer than to look for the word. */
export function mayBe(bytes: Uint8Array, type: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(`"t":"${type}"`);
}
