// One call to one engine, from before its first byte to after its last. Owner: the request.
import type { EndpointId } from "../../base/index.ts";
import type { AnswerHeaders, AnswerReceiver, CallUnderWay, UpstreamCall } from "../../providers/index.ts";
import type { AnswerTranslator, Translation } from "../../wire/index.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenAttempt } from "../exchange/open-attempt.ts";
import type { Lease } from "../shared/pool.ts";
import type { AnswerReader, ReaderOptions } from "./answer-reader.ts";
import { AnswerStream } from "./answer-stream.ts";
import { AttemptWatch } from "./attempt-watch.ts";
import { ErrorReader, WholeReader } from "./body-readers.ts";
import type { DispatchRequest } from "./dispatch-request.ts";
import type { AttemptEnding } from "./ending.ts";
import { requireEvidence } from "./evidence.ts";
import { AttemptError } from "./failure.ts";

export interface CallOptions {
  readonly id: EndpointId;
  readonly open: OpenAttempt;
  readonly lease: Lease;
  readonly ending: AttemptEnding;
}

/**
 * Takes an answer in as it comes, in the turns in which it comes: its evidence before its status, its status before its body.
 * INVARIANT: it ends once, by the engine or by us, and its reader is told nothing more.
 */
export class AttemptCall implements AnswerReceiver {
  readonly #exchange: Exchange;
  readonly #request: DispatchRequest;
  readonly #options: CallOptions;
  readonly #translator: AnswerTranslator;
  readonly #watch: AttemptWatch;
  readonly #settle = Promise.withResolvers<Answer>();
  #underWay: CallUnderWay | null = null;
  #reader: AnswerReader | null = null;
  #isOver = false;

  constructor(
    exchange: Exchange,
    request: DispatchRequest,
    options: CallOptions & { readonly translation: Translation },
  ) {
    this.#exchange = exchange;
    this.#request = request;
    this.#options = options;
    this.#translator = options.translation.answer(request.view, request.marksOf?.(options.id));
    this.#watch = this.#watchOver();
  }

  /** Rejects with AttemptError, UpstreamError or EvidenceError for what another endpoint may do better. */
  send(call: UpstreamCall): Promise<Answer> {
    const { id, ending } = this.#options;
    ending.cuts(() => this.#fail(ending.reason));
    this.#exchange.onEnd(() => this.#leave());
    try {
      const { upstreams } = this.#exchange.inForce;
      this.#underWay = upstreams.send(this.#request.decision.permit, id, call, this);
    } catch (error) {
      this.#fail(error);
    }
    return this.#settle.promise;
  }

  onHead(status: number, headers: AnswerHeaders, identity: string | null = null): void {
    try {
      if (identity !== null) this.#options.open.noteIdentity(identity);
      this.#reader = this.#readerFor(status, headers);
    } catch (error) {
      this.#fail(error);
    }
  }

  onBytes(bytes: Uint8Array): void {
    try {
      this.#reader?.onBytes(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  onEnd(): void {
    try {
      this.#reader?.onEnd();
      this.#end();
    } catch (error) {
      this.#fail(error);
    }
  }

  onFailure(error: unknown): void {
    this.#fail(error);
  }

  #readerFor(status: number, headers: AnswerHeaders): AnswerReader {
    const { open, lease, ending } = this.#options;
    ending.noteBegun();
    // Before the status: an error from the wrong place has had the request there too.
    const shown = { attempt: open, headers, body: null, isFinal: false };
    requireEvidence(this.#exchange, this.#request.decision, shown);
    const options: ReaderOptions = {
      exchange: this.#exchange,
      request: this.#request,
      open,
      lease,
      watch: this.#watch,
      headers,
      translator: this.#translator,
      settle: this.#settle,
    };
    if (status < 200 || status >= 300) return new ErrorReader(options, status);
    const isJson = /^application\/json\b/i.test(headers["content-type"] ?? "");
    if (!this.#request.view.wantsEvents || isJson) return new WholeReader(options);
    return new AnswerStream(options, {
      pause: () => this.#underWay?.pause(),
      resume: () => this.#underWay?.resume(),
      cancel: () => this.#cancel(),
    });
  }

  #watchOver(): AttemptWatch {
    const { cell, inForce } = this.#exchange;
    const { firstTokenTimeoutMs, deadlineMs } = cell.limits;
    return new AttemptWatch({
      firstTokenMs: this.#request.view.wantsEvents ? firstTokenTimeoutMs : null,
      deadlineMs,
      isSilent: (signal) => inForce.upstreams.isSilent(this.#options.id, signal),
      onFailure: (failure) => this.#fail(new AttemptError(failure)),
    });
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#cancel();
    if (this.#reader) this.#reader.onFailure(error);
    else this.#settle.reject(error);
  }

  /** The request is over. What is complete may yet serve its connection. */
  #leave(): void {
    if (this.#reader?.isComplete !== true) this.#cancel();
  }

  #cancel(): void {
    if (this.#isOver) return;
    this.#end();
    this.#underWay?.cancel();
  }

  #end(): void {
    this.#isOver = true;
    this.#watch.end();
    this.#options.ending.cuts(null);
  }
}
