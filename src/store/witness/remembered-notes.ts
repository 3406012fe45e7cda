// Owner: the witness that made it.

/** Of each log: enough for what comes late, and bounded, for a log grows each second. */
const rememberedNotes = 1_024;

/**
 * Notes that were cosigned, by origin and size, so that another tree of one of those sizes is known for what it is. They
 * are in memory alone: after a restart the newest one of each log, which is on record, is all that is left.
 */
export class RememberedNotes {
  readonly #byOrigin = new Map<string, Map<number, Uint8Array>>();

  add(origin: string, size: number, note: Uint8Array): void {
    const notes = this.#byOrigin.get(origin) ?? new Map<number, Uint8Array>();
    notes.set(size, note);
    const [oldest = size] = notes.keys();
    if (notes.size > rememberedNotes) notes.delete(oldest);
    this.#byOrigin.set(origin, notes);
  }

  at(origin: string, size: number): Uint8Array | null {
    return this.#byOrigin.get(origin)?.get(size) ?? null;
  }
}
