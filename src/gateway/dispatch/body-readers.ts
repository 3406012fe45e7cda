// Answers that are read to their end before anything is made of them.
import type { InstantMs } from "../../base/index.ts";
import { type AnswerHeaders, UpstreamError } from "../../providers/index.ts";
import { type AnswerFault, answerType, readEngineErrorBody } from "../../wire/index.ts";
import type { Answer } from "../exchange/answer.ts";
import { holdBytes } from "../exchange/held-bytes.ts";
import type { Lease } from "../shared/pool.ts";
import type { AnswerReader, ReaderOptions } from "./answer-reader.ts";
import { requireEvidence } from "./evidence.ts";
import { answeredBy, answeredWith, AttemptError, judge, keptElsewhere } from "./failure.ts";

/** An answer in one piece. */
export class WholeReader implements AnswerReader {
  readonly isComplete = false;
  readonly #options: ReaderOptions;
  readonly #body: Body;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#body = new Body(options.exchange.cell.limits.maxAnswerBytes);
  }

  onBytes(bytes: Uint8Array): void {
    const { exchange, watch } = this.#options;
    watch.expectPiece(exchange.cell.limits.idleTimeoutMs);
    this.#body.add(bytes);
    holdBytes(exchange, bytes.length);
  }

  onEnd(): void {
    this.#options.settle.resolve(this.#answer());
  }

  onFailure(error: unknown): void {
    this.#options.settle.reject(error);
  }

  #answer(): Answer {
    const { exchange, request, open, lease, headers, translator } = this.#options;
    const body = translator.whole(this.#body.take(), headers["content-type"]);
    if (!body.ok) throw faultOf(body.error, { open, lease, translator });
    if (request.view.wantsEvents) throw new UpstreamError("garbage");
    const shown = { attempt: open, headers, body: translator.facts.body, isFinal: true };
    requireEvidence(exchange, request.decision, shown);
    open.noteUsage(translator.facts.usage);
    const contentType = request.operation.answersAnyMedia ? answerType(headers["content-type"]) : jsonType;
    return { kind: "whole", attempt: open, body: body.value, contentType };
  }
}

const jsonType = "application/json";

/** An error that is only told needs no more. */
const maxErrorBytes = 64 * 1024;

/** As much of an error's body as says what it is. One that cannot be read is an error by its status all the same. */
export class ErrorReader implements AnswerReader {
  readonly isComplete = false;
  readonly #options: ReaderOptions;
  readonly #status: number;
  readonly #body = new Body(maxErrorBytes);

  constructor(options: ReaderOptions, status: number) {
    this.#options = options;
    this.#status = status;
  }

  onBytes(bytes: Uint8Array): void {
    const { exchange, watch } = this.#options;
    watch.expectPiece(exchange.cell.limits.idleTimeoutMs);
    this.#body.add(bytes);
  }

  onEnd(): void {
    this.#reject(this.#body.take());
  }

  onFailure(): void {
    this.#reject(nothing);
  }

  #reject(body: Uint8Array): void {
    const { exchange, headers, lease, settle } = this.#options;
    settle.reject(refusalOf({ status: this.#status, headers, body }, lease, exchange.cell.now()));
  }
}

interface Refused {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
}

/** An error by its status, and by as much as its body says. */
export function refusalOf({ status, headers, body }: Refused, lease: Lease, nowMs: InstantMs): Error {
  return errorOf(judge(answeredWith({ status, headers }, readEngineErrorBody(body), nowMs)), lease);
}

/** What is told instead of an answer that is none, before anything of it was released. */
export function faultOf(
  fault: AnswerFault,
  { open, lease, translator: { facts } }: Pick<ReaderOptions, "open" | "lease" | "translator">,
): Error {
  if (fault === "garbage") return new UpstreamError("garbage");
  // Under status 200.
  if (fault === "error") return errorOf(judge(answeredBy(facts.body)), lease);
  // It was computed, and is paid for: another endpoint would do the same again.
  open.noteUsage(facts.usage);
  return errorOf({ rejection: keptElsewhere() }, lease);
}

/** A refusal of the caller's own request ends the exchange: the other endpoints would refuse it too. */
function errorOf(judged: ReturnType<typeof judge>, lease: Lease): Error {
  if ("failure" in judged) return new AttemptError(judged.failure);
  lease.show({ kind: "no-verdict" }, { kind: "answered" });
  return judged.rejection;
}

/** Bounded. */
class Body {
  readonly #maxBytes: number;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) throw new UpstreamError("garbage");
    this.#pieces.push(Buffer.from(bytes));
  }

  take(): Uint8Array {
    const [first] = this.#pieces;
    return first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#bytes);
  }
}

const nothing = new Uint8Array();
