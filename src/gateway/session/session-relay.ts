// Owner: the session. Events both ways, each looked at before it passes, at the pace of the slower end.
import { concatBytes } from "../../base/index.ts";
import { UpstreamError } from "../../providers/index.ts";
import { type Ended, closeCodes, type Messages } from "../../websocket/index.ts";
import { type CallerEvent, edited, type EngineEvent } from "../../wire/index.ts";
import { requireEvidence } from "../dispatch/evidence.ts";
import type { SessionAnswer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { CallerGoneError, GatewayError, overloaded } from "../exchange/gateway-error.ts";
import { exitError } from "../stages/refuse-exits.ts";
import type { SessionRequest } from "./session-request.ts";
import { SessionUsage } from "./session-usage.ts";

interface RelayParts {
  readonly caller: Messages;
  readonly answer: SessionAnswer;
  readonly request: SessionRequest;
}

/**
 * INVARIANT: an event of the caller's that is not understood whole, or would leave the permit, is answered and not passed on;
 * and after {@link fail} nothing passes either way.
 */
export class SessionRelay {
  readonly #exchange: Exchange;
  readonly #parts: RelayParts;
  readonly #engineModel: string;
  readonly #usage = new SessionUsage();
  readonly #end = Promise.withResolvers<void>();
  #isOver = false;
  #hasCallerClosed = false;
  /** By which the caller's end is closed. */
  #code: number = closeCodes.normal;

  constructor(exchange: Exchange, parts: RelayParts) {
    const { answer, request } = parts;
    this.#exchange = exchange;
    this.#parts = parts;
    this.#engineModel = request.model.servedBy.get(answer.attempt.endpoint.id)?.model ?? request.model.alias;
  }

  /** Resolves when one end has closed in order; rejects with what ended it otherwise. */
  run(): Promise<void> {
    const { caller, answer } = this.#parts;
    answer.session.listen({
      onMessage: (text) => this.#guarded(() => this.#fromEngine(text)),
      onEnd: (ended) => this.#engineEnded(ended),
    });
    caller.listen({
      onMessage: (text) => this.#guarded(() => this.#fromCaller(text)),
      onEnd: (ended) => this.#callerEnded(ended),
    });
    return this.#end.promise;
  }

  /** The first reason stands. */
  fail(error: unknown): void {
    this.#isOver = true;
    this.#end.reject(error);
  }

  /** Resolves with whether the caller has said, then or before, that it closes too. */
  async closeCaller(): Promise<boolean> {
    return this.#hasCallerClosed || this.#parts.caller.close(this.#code, "");
  }

  tellDraining(): void {
    if (this.#isOver) return;
    const error = new GatewayError(
      "gateway_draining",
      "this process is ending; end the session and connect again",
    );
    void this.#tell(error, null);
  }

  /** What was used, as far as all of it is known: a response that was cut has used what nobody knows. */
  noteUsage(): void {
    this.#parts.answer.attempt.noteUsage(this.#usage.total);
  }

  #guarded(work: () => void | Promise<void>): void | Promise<void> {
    if (this.#isOver) return;
    try {
      return work();
    } catch (error) {
      this.fail(error);
    }
  }

  #fromCaller(text: Uint8Array): void | Promise<void> {
    const { answer, request } = this.#parts;
    const { operation, model } = request;
    const { maxBodyValues: maxValues, maxBodyNames: maxNames } = this.#exchange.cell.limits;
    const event = operation.readCallerEvent(text, { alias: model.alias, maxValues, maxNames });
    const refusal = this.#refusalOf(event);
    if (refusal) return this.#tell(refusal, event.id);
    if (event.asksForResponse) this.#usage.noteAsked();
    return answer.session.send(renamed(text, event, this.#engineModel));
  }

  #refusalOf({ fault, exits }: CallerEvent): GatewayError | null {
    if (fault) {
      const { message, param } = fault;
      return new GatewayError("caller_invalid_request", message, param === null ? {} : { param });
    }
    return exitError(exits, this.#parts.request.model);
  }

  #tell(error: GatewayError, eventId: string | null): void | Promise<void> {
    const { caller, request } = this.#parts;
    return caller.send(request.operation.formatEventError(error, eventId));
  }

  #fromEngine(text: Uint8Array): void | Promise<void> {
    const { caller, answer, request } = this.#parts;
    const event = request.operation.readEngineEvent(text);
    if (event === null) throw new UpstreamError("garbage");
    this.#usage.note(event);
    const { attempt, headers } = answer;
    requireEvidence(this.#exchange, request.decision, { attempt, headers, body: event.body, isFinal: false });
    const told = renamed(text, event, request.model.alias);
    // No tenant whose content is recorded has a session, so that there is nothing to wait for (stages/admit-session.ts).
    if (request.decision.commit(told)) throw new TypeError("the content of a session is not recorded");
    return caller.send(told);
  }

  #callerEnded({ kind }: Ended): void {
    if (kind === "closed") {
      this.#hasCallerClosed = true;
      return this.#close(closeCodes.normal);
    }
    if (kind === "faulty")
      return this.fail(
        new GatewayError(
          "caller_invalid_request",
          "what came is no WebSocket of texts, or too much of it at once",
        ),
      );
    this.fail(kind === "crowded" ? crowded() : new CallerGoneError());
  }

  #engineEnded(ended: Ended): void {
    if (ended.kind === "closed" && orderly.includes(ended.code)) return this.#close(ended.code);
    if (ended.kind === "crowded") return this.fail(crowded());
    const failures = { closed: "broken", gone: "broken", stalled: "stalled", faulty: "garbage" } as const;
    this.fail(new UpstreamError(failures[ended.kind]));
  }

  #close(code: number): void {
    this.#isOver = true;
    this.#code = code === noCode ? closeCodes.normal : code;
    this.#end.resolve();
  }
}

function crowded(): GatewayError {
  return overloaded("messages under way fill the memory that is meant for them");
}

/** RFC 6455 §7.4.1: nothing was said of why. */
const noCode = 1005;
const orderly: readonly number[] = [closeCodes.normal, closeCodes.goingAway, noCode];

function renamed(text: Uint8Array, { modelSpan }: Pick<EngineEvent, "modelSpan">, model: string): Uint8Array {
  if (modelSpan === null) return text;
  return concatBytes(edited(text, [{ span: modelSpan, text: JSON.stringify(model) }]));
}
