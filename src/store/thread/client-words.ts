// What the clients of a ledger know of each other without a message: how long each has waited for the disk, and for how much.
// INVARIANT: a slot is written by its own client alone, and by the ledger's owner before it is lent.

/** Of the thread that opened the ledger. Those that it lends have the numbers after it. */
export const ownSlot = 0;
/** More threads than any machine has use for. */
const maxClients = 65;
const wordsOfClient = 2;
const bytesOfWord = 4;

export class ClientWords {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(maxClients * wordsOfClient * bytesOfWord)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  write(slot: number, { silenceMs, pendingCount }: Waiting): void {
    if (slot < 0 || slot >= maxClients) throw new RangeError(`a ledger has ${maxClients} clients at most`);
    Atomics.store(this.#words, slot * wordsOfClient, silenceMs);
    Atomics.store(this.#words, slot * wordsOfClient + 1, pendingCount);
  }

  /** The longest silence, for one disk is behind all; and all that wait for it beside `slot`. */
  read(slot: number): { readonly longestSilenceMs: number; readonly othersPending: number } {
    let longestSilenceMs = 0;
    let othersPending = 0;
    for (let each = 0; each < maxClients; each++) {
      longestSilenceMs = Math.max(longestSilenceMs, Atomics.load(this.#words, each * wordsOfClient));
      if (each !== slot) othersPending += Atomics.load(this.#words, each * wordsOfClient + 1);
    }
    return { longestSilenceMs, othersPending };
  }
}

interface Waiting {
  /** For how long the oldest append has had no answer. */
  readonly silenceMs: number;
  readonly pendingCount: number;
}
