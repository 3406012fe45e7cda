import { createHash } from "node:crypto";
import type { SharedLock } from "./shared-lock.ts";

interface NameWords {
  /** How many names there are. */
  readonly count: Int32Array;
  /** Two for each name. */
  readonly digests: BigUint64Array;
  readonly lock: SharedLock;
}

/**
 * Numbers for names, the same in every thread. A name keeps its number for as long as the cell runs, also where a policy
 * drops it: what was taken under it is given back to it. INVARIANT: the list only grows, and a number that somebody knows
 * is that of one name.
 */
export class SharedNames {
  readonly #words: NameWords;
  /** What this thread knows of the list, by digest, and by the names that it asked for. */
  readonly #byDigest = new Map<string, number>();
  readonly #byName = new Map<string, number>();

  constructor(words: NameWords) {
    this.#words = words;
  }

  get count(): number {
    return Atomics.load(this.#words.count, 0);
  }

  /** Null: there is no room for another name. */
  numberOf(name: string): number | null {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const digest = createHash("sha256").update(name).digest();
    const words = [digest.readBigUInt64LE(0), digest.readBigUInt64LE(8)] as const;
    const number = this.#find(words) ?? this.#append(words);
    if (number !== null) this.#byName.set(name, number);
    return number;
  }

  #find(words: readonly [bigint, bigint]): number | undefined {
    const { digests } = this.#words;
    for (let at = this.#byDigest.size; at < this.count; at++)
      this.#byDigest.set(keyOf([digests[2 * at] ?? 0n, digests[2 * at + 1] ?? 0n]), at);
    return this.#byDigest.get(keyOf(words));
  }

  #append(words: readonly [bigint, bigint]): number | null {
    const { count, digests, lock } = this.#words;
    lock.acquire();
    try {
      const found = this.#find(words);
      if (found !== undefined) return found;
      const at = this.count;
      if (2 * at >= digests.length) return null;
      digests.set(words, 2 * at);
      // Last: a thread that dies before it has appended nothing.
      Atomics.store(count, 0, at + 1);
      return at;
    } finally {
      lock.release();
    }
  }
}

function keyOf([first, second]: readonly [bigint, bigint]): string {
  return `${first} ${second}`;
}
