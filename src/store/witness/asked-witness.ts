// One witness, as the log that asks it sees it: https://c2sp.org/tlog-witness from the client's side.
// The ledger thread owns its state.
import type { WitnessStatus } from "./witness-status.ts";
import { decodeUtf8, type InstantMs, type MonotonicClock } from "../../base/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type Checkpoint,
  cosignedAt,
  formatAddCheckpoint,
  type NoteKey,
  type NoteSignature,
  parseCheckpoint,
  parseNote,
  takeCosignatures,
  verifyConsistency,
  verifyNote,
} from "../../ledger/index.ts";
import { type CosignRequest, ForkError } from "../log/cosigner.ts";
import type { Introduction } from "./introduction.ts";
import { type WitnessAnswer, WitnessConnection } from "./witness-connection.ts";
import { originHash } from "./witness-state.ts";

export interface AskedWitnessOptions {
  readonly key: NoteKey;
  readonly url: string;
  readonly monotonicNow: MonotonicClock;
  readonly onCosigned?: (witness: string, atMs: InstantMs) => void;
  /** Null when there is no log before, or it has not ended. */
  readonly introductionTo: (origin: string) => Promise<Introduction | null>;
}

/** The first attempt, its correction, an introduction, and one more correction. */
const maxAttempts = 4;

export class AskedWitness {
  readonly key: NoteKey;
  readonly #connection: WitnessConnection;
  readonly #options: AskedWitnessOptions;
  /** By origin: what it cosigned last, as far as it told. After a restart its first 409 tells it again. */
  readonly #sizes = new Map<string, number>();
  /** The last request. There is one at a time, or a late one would look like a rollback. */
  #last: Promise<unknown> = Promise.resolve();
  #status: WitnessStatus;

  constructor(options: AskedWitnessOptions) {
    this.key = options.key;
    this.#options = options;
    this.#connection = new WitnessConnection(options.url);
    const { name } = options.key;
    this.#status = { name, result: "none", refusedWith: null, cosignatureCount: 0, lastCosigned: null };
  }

  get status(): WitnessStatus {
    return this.#status;
  }

  /** Its verified signatures; none when it refuses or cannot be reached. Rejects with {@link ForkError} on evidence. */
  cosign(request: CosignRequest, signal: AbortSignal): Promise<readonly NoteSignature[]> {
    const mine = this.#last.then(() => this.#tryCosign(request, signal));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** The newest checkpoint that it shows under the log's own signature; null when there is none within reach. */
  async newest(log: NoteKey, signal: AbortSignal): Promise<Checkpoint | null> {
    try {
      const { status, body } = await this.#connection.get(`${originHash(log.name)}/checkpoint`, signal);
      return status === 200 ? ownCheckpoint(body, log) : null;
    } catch {
      return null;
    }
  }

  async #tryCosign(request: CosignRequest, signal: AbortSignal): Promise<readonly NoteSignature[]> {
    try {
      const signatures = await this.#negotiate(request, signal);
      const { origin, next } = request;
      const cosigned = { origin, size: next.size, atMs: this.#options.monotonicNow() };
      this.#status = {
        ...this.#status,
        result: "cosigned",
        refusedWith: null,
        cosignatureCount: this.#status.cosignatureCount + 1,
        lastCosigned: cosigned,
      };
      return signatures;
    } catch (error) {
      if (error instanceof ForkError) throw error;
      const refusedWith = error instanceof RefusedError ? error.status : null;
      const result = refusedWith === null ? "unreachable" : "refused";
      this.#status = { ...this.#status, result, refusedWith };
      return [];
    }
  }

  /** What it knows of us may be more or less than we think: it says so, and is asked again. */
  async #negotiate(request: CosignRequest, signal: AbortSignal): Promise<readonly NoteSignature[]> {
    const { origin, next, note } = request;
    let oldSize = this.#sizes.get(origin) ?? request.published.size;
    let isIntroduced = false;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const proof = await request.proveFrom(oldSize);
      const body = formatAddCheckpoint({ oldSize, proof, checkpoint: note });
      const answer = await this.#connection.post("add-checkpoint", body, signal);
      if (answer.status === 200) return this.#take(request, answer);
      const knownSize = sizeIn(answer);
      if (knownSize !== null && knownSize !== oldSize && knownSize <= next.size) {
        oldSize = knownSize;
      } else if (isUnknownLog(answer) && !isIntroduced && (await this.#introduce(origin, signal))) {
        isIntroduced = true;
        oldSize = 0;
      } else {
        if (answer.status === 409 || answer.status === 422) await this.#lookForFork(request, signal);
        throw new RefusedError(answer.status);
      }
    }
    throw new RefusedError(409);
  }

  #take({ origin, next, note }: CosignRequest, { body }: WitnessAnswer): readonly NoteSignature[] {
    const taken = takeCosignatures(note, body, { key: this.key, verifyEd25519 });
    if (!taken.ok) throw new RefusedError(200);
    this.#sizes.set(origin, next.size);
    for (const signature of taken.value) {
      this.#options.onCosigned?.(this.key.name, cosignedAt(signature) * 1_000);
    }
    return taken.value;
  }

  /**
   * A witness that only says that we are behind could stop a cell by lying. So what counts is a checkpoint under our own
   * key that our tree does not lead from: then this copy of the log is not the only one, or not the newest.
   */
  async #lookForFork({ origin, key, next, proveFrom }: CosignRequest, signal: AbortSignal): Promise<void> {
    const shown = await this.newest(key, signal);
    if (shown === null || shown.size === 0) return;
    if (shown.size > next.size) {
      throw new ForkError(
        origin,
        `has ${next.size} entries here, and ${shown.size} were cosigned by \`${this.key.name}\``,
      );
    }
    const isOurs = verifyConsistency(sha256, {
      oldSize: BigInt(shown.size),
      newSize: BigInt(next.size),
      oldRoot: shown.root,
      newRoot: next.root,
      proof: await proveFrom(shown.size),
    });
    if (isOurs) return;
    throw new ForkError(
      origin,
      `is not the one whose first ${shown.size} entries \`${this.key.name}\` has cosigned`,
    );
  }

  /** Shows it the end of the log before, and that log's last checkpoint first if it missed that. */
  async #introduce(origin: string, signal: AbortSignal): Promise<boolean> {
    const introduction = await this.#options.introductionTo(origin);
    if (introduction === null) return false;
    const { proof, checkpoint, proveFrom } = introduction;
    const answer = await this.#connection.post("add-log", proof, signal);
    const knownSize = sizeIn(answer);
    if (knownSize === null) return answer.status === 200;
    const body = formatAddCheckpoint({ oldSize: knownSize, proof: await proveFrom(knownSize), checkpoint });
    const { status } = await this.#connection.post("add-checkpoint", body, signal);
    return status === 200 && (await this.#connection.post("add-log", proof, signal)).status === 200;
  }
}

class RefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the witness answered with ${status}`);
    this.name = "RefusedError";
    this.status = status;
  }
}

/** "404 Not Found" by the specification; some witnesses say 403 for a log that they do not know, too. */
function isUnknownLog({ status }: WitnessAnswer): boolean {
  return status === 404 || status === 403;
}

/** What a 409 says was cosigned last. */
function sizeIn({ status, contentType, body }: WitnessAnswer): number | null {
  if (status !== 409 || !contentType.startsWith("text/x.tlog.size")) return null;
  const size = /^(0|[1-9]\d{0,15})\n$/.exec(decodeUtf8(body) ?? "")?.[1];
  return size === undefined ? null : Number(size);
}

function ownCheckpoint(bytes: Uint8Array, log: NoteKey): Checkpoint | null {
  const note = parseNote(bytes);
  if (!note.ok || !verifyNote(note.value, [log], verifyEd25519).ok) return null;
  const checkpoint = parseCheckpoint(note.value.text);
  return checkpoint.ok && checkpoint.value.origin === log.name ? checkpoint.value : null;
}
