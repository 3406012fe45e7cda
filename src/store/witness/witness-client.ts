// Asks the witnesses of the trust file for their cosignatures, all at once, each second that the log grows.
// The ledger thread owns its state.
import { setTimeout as sleep } from "node:timers/promises";
import type { InstantMs, MonotonicClock } from "../../base/index.ts";
import { verifyEd25519 } from "../../keys/index.ts";
import {
  cosignatureDates,
  formatNote,
  isQuorumMet,
  type NoteKey,
  type NoteSignature,
  othersOf,
  parseNote,
  type TrustFile,
} from "../../ledger/index.ts";
import type { WitnessStatus } from "./witness-status.ts";
import { AskedWitness } from "./asked-witness.ts";
import { type Cosigned, type Cosigner, type CosignRequest, ForkError } from "../log/cosigner.ts";
import type { TreeHead } from "../log/growing-log.ts";
import { introductionTo } from "./introduction.ts";

export interface WitnessClientOptions {
  /** Its witnesses that have a URL are asked; its quorum says how many are enough. */
  readonly trust: TrustFile;
  /** The ledger's directory: the log of the month before introduces the next one. */
  readonly directory: string;
  readonly monotonicNow: MonotonicClock;
  readonly timeLimitMs?: number;
  /** Hears by whom a cosignature was made and when, as that witness says, at the moment when it comes. */
  readonly onCosigned?: (witness: string, atMs: InstantMs) => void;
}

/** The log is published after this, with the cosignatures that are there by then. */
const defaultTimeLimitMs = 1_000;
/** How much longer than for the quorum the rest are waited for: what they sign outlives a witness that is given up. */
const graceMs = 50;

export class WitnessClient implements Cosigner {
  readonly #trust: TrustFile;
  readonly #witnesses: readonly AskedWitness[];
  readonly #timeLimitMs: number;
  /** A fork that a witness showed, perhaps after the quorum was met: then the next call rejects with it. */
  #fork: ForkError | null = null;

  constructor(options: WitnessClientOptions) {
    const { trust, directory, timeLimitMs = defaultTimeLimitMs } = options;
    this.#trust = trust;
    this.#timeLimitMs = timeLimitMs;
    this.#witnesses = trust.witnesses.flatMap((key) => {
      const url = trust.urls.get(key);
      if (url === undefined) return [];
      return [
        new AskedWitness({
          ...options,
          key,
          url,
          introductionTo: (origin) => introductionTo(directory, origin),
        }),
      ];
    });
  }

  statuses(origin: string): readonly WitnessStatus[] {
    return this.#askedFor(origin).map(({ status }) => status);
  }

  datesOf(note: Uint8Array): readonly InstantMs[] {
    const keys = this.#witnesses.map(({ key }) => key);
    return cosignatureDates(note, keys, verifyEd25519);
  }

  async newestWitnessed(log: NoteKey): Promise<TreeHead | null> {
    const signal = AbortSignal.timeout(this.#timeLimitMs);
    const shown = await Promise.all(this.#askedFor(log.name).map((witness) => witness.newest(log, signal)));
    return shown.reduce(
      (largest, head) => ((head?.size ?? -1) > (largest?.size ?? -1) ? head : largest),
      null,
    );
  }

  async cosign(request: CosignRequest): Promise<Cosigned> {
    if (this.#fork !== null) throw this.#fork;
    const note = parseNote(request.note);
    if (!note.ok) throw new TypeError(`the log's own note is malformed: ${note.error}`);
    const signatures = await this.#gather(request);
    const { text, signatures: own } = note.value;
    return {
      note: formatNote({ text, signatures: [...own, ...[...signatures.values()].flat()] }),
      isQuorumMet: this.#isEnough(request.origin, signatures.keys()),
    };
  }

  /** Those that do not answer before the quorum is met are still heard, so that they keep up with the log. */
  async #gather(request: CosignRequest): Promise<ReadonlyMap<NoteKey, readonly NoteSignature[]>> {
    const signal = AbortSignal.timeout(this.#timeLimitMs);
    const signatures = new Map<NoteKey, readonly NoteSignature[]>();
    const enough = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    const asked = this.#askedFor(request.origin).map(async (witness) => {
      const given = await witness.cosign(request, signal);
      if (given.length > 0) signatures.set(witness.key, given);
      if (signatures.size > 0 && this.#isEnough(request.origin, signatures.keys())) enough.resolve();
    });
    Promise.all(asked).then(
      () => all.resolve(),
      (error: unknown) => {
        if (error instanceof ForkError) this.#fork = error;
        all.reject(error);
      },
    );
    await Promise.race([enough.promise, all.promise]);
    await Promise.race([sleep(graceMs), all.promise]);
    return new Map(signatures);
  }

  #isEnough(origin: string, cosigners: Iterable<NoteKey>): boolean {
    return isQuorumMet(this.#trust.quorum, othersOf(origin, cosigners));
  }

  /** The witness of our own cell would add nothing (docs/decisions/0017). */
  #askedFor(origin: string): readonly AskedWitness[] {
    const others = othersOf(
      origin,
      this.#witnesses.map(({ key }) => key),
    );
    return this.#witnesses.filter(({ key }) => others.has(key));
  }
}
