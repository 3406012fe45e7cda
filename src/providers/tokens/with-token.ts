// A connection whose calls go out with a token that renews itself.
import type { Signer } from "../http/request-heads.ts";
import {
  type AnswerHeaders,
  type AnswerReceiver,
  type CallUnderWay,
  type EngineConnection,
  type UpstreamCall,
  UpstreamError,
} from "../provider.ts";
import { type TokenSource, whenAborted } from "./token-source.ts";

/** In the turn that writes a head: the token that is newest then. */
export function signedBy(source: TokenSource): Signer {
  return () => {
    const { latest } = source;
    return latest === null ? {} : { authorization: `Bearer ${latest}` };
  };
}

/**
 * A call waits for a token where none is good, and ends as unreachable where none is to be had: of such a one nothing was written.
 * A token that is answered by 401 is not shown again.
 */
export function withToken(source: TokenSource, connection: EngineConnection): EngineConnection {
  const waiting = new Set<Promise<void>>();
  return {
    ...connection,
    call(call, receiver) {
      const watched = new WatchedCall(source, call, receiver);
      if (source.good !== null) return watched.begin(connection);
      const begun = watched.beginWhenGood(connection).finally(() => waiting.delete(begun));
      waiting.add(begun);
      return watched;
    },
    async probe(signal) {
      const token = await Promise.race([source.whenGood(), whenAborted(signal)]);
      return token !== null && connection.probe(signal);
    },
    async drain() {
      await Promise.all(waiting);
      await connection.drain();
      source.stop();
    },
    close() {
      source.stop();
      return connection.close();
    },
  };
}

/** INVARIANT: once it is cancelled, nothing is sent and nobody is told anything. */
class WatchedCall implements AnswerReceiver, CallUnderWay {
  readonly #source: TokenSource;
  readonly #call: UpstreamCall;
  readonly #receiver: AnswerReceiver;
  #underWay: CallUnderWay | null = null;
  #isCancelled = false;
  #isPaused = false;
  #shown: string | null = null;

  constructor(source: TokenSource, call: UpstreamCall, receiver: AnswerReceiver) {
    this.#source = source;
    this.#call = call;
    this.#receiver = receiver;
  }

  begin(connection: EngineConnection): CallUnderWay {
    const onFirstByte = (): void => {
      this.#shown = this.#source.latest;
      this.#call.onFirstByte();
    };
    this.#underWay = connection.call({ ...this.#call, onFirstByte }, this);
    if (this.#isPaused) this.#underWay.pause();
    return this.#underWay;
  }

  async beginWhenGood(connection: EngineConnection): Promise<void> {
    const token = await this.#source.whenGood();
    if (this.#isCancelled) return;
    const { fault } = this.#source;
    if (token === null)
      return this.#receiver.onFailure(
        new UpstreamError("unreachable", { mayHaveArrived: false, cause: fault }),
      );
    try {
      this.begin(connection);
    } catch (error) {
      this.#receiver.onFailure(error as Error);
    }
  }

  pause(): void {
    this.#isPaused = true;
    this.#underWay?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#underWay?.resume();
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#underWay?.cancel();
  }

  onHead(status: number, headers: AnswerHeaders): void {
    if (status === 401 && this.#shown !== null) this.#source.drop(this.#shown);
    this.#receiver.onHead(status, headers);
  }

  onBytes(bytes: Uint8Array): void {
    this.#receiver.onBytes(bytes);
  }

  onEnd(): void {
    this.#receiver.onEnd();
  }

  onFailure(error: Error): void {
    this.#receiver.onFailure(error);
  }
}
