// Whoever opens it owns its state.

/** Blocks of KV cache that are kept after use, the least recently used given up first, as vLLM does it. */
export class PrefixCache {
  readonly #capacityBlocks: number;
  /** In order of last use, oldest first. INVARIANT: a block is never younger than its predecessor in the chain. */
  readonly #keys = new Set<string>();

  constructor(capacityBlocks: number) {
    this.#capacityBlocks = capacityBlocks;
  }

  /** How many of `keys`, from the first on, are here. */
  match(keys: readonly string[]): number {
    const firstMissing = keys.findIndex((key) => !this.#keys.has(key));
    return firstMissing === -1 ? keys.length : firstMissing;
  }

  /** Puts a chain in, or marks it as used now. Its deepest blocks go first when space is needed. */
  keep(keys: readonly string[]): void {
    for (const key of keys.toReversed()) {
      this.#keys.delete(key);
      this.#keys.add(key);
    }
    for (const oldest of this.#keys) {
      if (this.#keys.size <= this.#capacityBlocks) return;
      this.#keys.delete(oldest);
    }
  }
}
