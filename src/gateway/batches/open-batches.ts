// Owner: who runs batches. Which of them wait or run, without a look into each that ever was. What a disk says of them is true;
// what is known here spares looks at it, and a process that begins knows nothing.
import type { ObjectHead, StoredObjects } from "../../privacy/index.ts";
import { openNote } from "./batch-about.ts";

export class OpenBatches {
  readonly #batches: StoredObjects;
  /**
   * By tenant, ids of those that are over. INVARIANT: they stay so. The note that a batch is open is there before the batch is, in
   * whichever thread it was submitted; once it is withdrawn nobody writes it again.
   */
  readonly #over = new Map<string, ReadonlySet<string>>();

  constructor(batches: StoredObjects) {
    this.#batches = batches;
  }

  /** The oldest first. One after another is looked into, and none twice that was over. */
  async of(tenant: string): Promise<readonly ObjectHead[]> {
    const known = this.#over.get(tenant) ?? new Set();
    const over = new Set<string>();
    const open: ObjectHead[] = [];
    for (const id of await this.#batches.ids(tenant)) {
      const head = known.has(id) ? "over" : await this.#lookAt(tenant, id);
      if (head === "over") over.add(id);
      else if (head !== null) open.push(head);
    }
    // Without those that were deleted since.
    this.#over.set(tenant, over);
    return open.toSorted((left, right) => left.createdAtMs - right.createdAtMs);
  }

  /** Null for one that is being made, or is gone. */
  async #lookAt(tenant: string, id: string): Promise<ObjectHead | "over" | null> {
    const head = await this.#batches.find(tenant, id);
    if (head === null) return null;
    return (await this.#batches.noted(head, openNote)) === null ? "over" : head;
  }
}
