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

/** INVARIANT: a call's head is written in the turn in which {@link WatchedCall} has seen that the token is good. */
export function signedBy(source: TokenSource): Signer {
  return () => {
    const { latest } = source;
    return latest === null ? {} : { authorization: `Bearer ${latest}` };
  };
}

/**
 * A call waits for a token where none is good, also when its turn to be written has come, and ends as unreachable where none is
 * to be had: of such a one nothing was written. A token that is answered by 401 is dropped, unless it is young.
 */
export function withToken(source: TokenSource, connection: EngineConnection): EngineConnection {
  const underWay = new CallsUnderWay();
  return {
    ...connection,
    call(call, receiver) {
      const watched = new WatchedCall({ source, connection, underWay }, call, receiver);
      watched.begin();
      underWay.add(watched);
      return watched;
    },
    async probe(signal) {
      const token = await Promise.race([source.whenGood(), whenAborted(signal)]);
      return token !== null && connection.probe(signal);
    },
    async drain() {
      // What drains takes no call any more, and one that lacks a token comes again.
      await underWay.whenNone();
      await connection.drain();
      source.stop();
    },
    close() {
      source.stop();
      return connection.close();
    },
  };
}

class CallsUnderWay {
  readonly #calls: Set<CallUnderWay> = new Set();
  readonly #whenNone: (() => void)[] = [];

  add(call: CallUnderWay): void {
    this.#calls.add(call);
  }

  delete(call: CallUnderWay): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) for (const resolve of this.#whenNone.splice(0)) resolve();
  }

  async whenNone(): Promise<void> {
    if (this.#calls.size > 0) await new Promise<void>((resolve) => this.#whenNone.push(resolve));
  }
}

interface Surroundings {
  readonly source: TokenSource;
  readonly connection: EngineConnection;
  readonly underWay: CallsUnderWay;
}

/** INVARIANT: once it is cancelled, nothing is sent and nobody is told anything. */
class WatchedCall implements AnswerReceiver, CallUnderWay {
  readonly #surroundings: Surroundings;
  readonly #call: UpstreamCall;
  readonly #receiver: AnswerReceiver;
  #underWay: CallUnderWay | null = null;
  #isCancelled = false;
  #isPaused = false;
  #shown: string | null = null;
  /** Its turn had come and the law let it go, but no token was good. */
  #lacksToken = false;

  constructor(surroundings: Surroundings, call: UpstreamCall, receiver: AnswerReceiver) {
    this.#surroundings = surroundings;
    this.#call = call;
    this.#receiver = receiver;
  }

  begin(): void {
    if (this.#surroundings.source.good === null) void this.#sendWhenGood();
    else this.#send();
  }

  #send(): void {
    const call = { ...this.#call, mayGo: () => this.#mayGo() };
    this.#underWay = this.#surroundings.connection.call(call, this);
    if (this.#isPaused) this.#underWay.pause();
  }

  #mayGo(): boolean {
    if (!this.#call.mayGo()) return false;
    this.#shown = this.#surroundings.source.good;
    this.#lacksToken = this.#shown === null;
    return !this.#lacksToken;
  }

  async #sendWhenGood(): Promise<void> {
    const { source } = this.#surroundings;
    this.#lacksToken = false;
    const token = await source.whenGood();
    if (this.#isCancelled) return;
    if (token === null)
      return this.onFailure(new UpstreamError("unreachable", { mayHaveArrived: false, cause: source.fault }));
    try {
      this.#send();
    } catch (error) {
      this.onFailure(error as Error);
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
    this.#surroundings.underWay.delete(this);
  }

  onHead(status: number, headers: AnswerHeaders): void {
    if (status === 401 && this.#shown !== null) this.#surroundings.source.drop(this.#shown);
    this.#receiver.onHead(status, headers);
  }

  onBytes(bytes: Uint8Array): void {
    this.#receiver.onBytes(bytes);
  }

  onEnd(): void {
    this.#surroundings.underWay.delete(this);
    this.#receiver.onEnd();
  }

  /** Of a call that lacks a token nothing was written. */
  onFailure(error: Error): void {
    if (this.#lacksToken) return void this.#sendWhenGood();
    this.#surroundings.underWay.delete(this);
    this.#receiver.onFailure(error);
  }
}
