// An answer in events, held back until the first of them proves that it is one, and judged as they come: all that one read
// brought in one turn, without a promise as long as its receiver has room.
import { UpstreamError } from "../../providers/index.ts";
import { StreamPace } from "../../routing/index.ts";
import { type AnswerFault, type SseEvent, SseParser } from "../../wire/index.ts";
import type { AnswerEvents, EventReceiver } from "../exchange/answer.ts";
import type { Soon } from "../exchange/channel.ts";
import type { AnswerReader, ReaderOptions } from "./answer-reader.ts";
import { faultOf } from "./body-readers.ts";
import { requireEvidence, type Shown } from "./evidence.ts";
import { AttemptError, keptElsewhere, tooSlow } from "./failure.ts";
import { errorInStream, interruption } from "./interruption.ts";

/** The call that brings it. */
export interface Flow {
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** What comes before anybody takes it. */
const mostUntoldLength = 128 * 1024;
/** What may come after an answer is read for its connection's sake, and not for long. */
const maxDrainMs = 1_000;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type Outcome = { readonly closing: string } | { readonly error: unknown };

export class AnswerStream implements AnswerReader, AnswerEvents {
  readonly #options: ReaderOptions;
  readonly #flow: Flow;
  readonly #parser: SseParser;
  readonly #pace: StreamPace | null;
  /** Before the first event. */
  #heldBytes = 0;
  #hasBegun = false;
  #receiver: EventReceiver | null = null;
  #untold = "";
  /** The receiver has no room, or there is none yet and enough is held for it. */
  #isPaused = false;
  #outcome: Outcome | null = null;
  /** One for all events. */
  readonly #shown: Mutable<Shown>;
  #hasToldOutcome = false;

  constructor(options: ReaderOptions, flow: Flow) {
    const { maxEventBytes, leastStreamEvents, slowStreamMs } = options.exchange.cell.limits;
    this.#options = options;
    this.#flow = flow;
    this.#shown = { attempt: options.open, headers: options.headers, body: null, isFinal: false };
    this.#parser = new SseParser(maxEventBytes);
    this.#pace =
      leastStreamEvents > 0 ? new StreamPace({ events: leastStreamEvents, inMs: slowStreamMs }) : null;
  }

  get isComplete(): boolean {
    return this.#outcome !== null;
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#outcome) return;
    const { exchange, translator } = this.#options;
    const events = this.#parser.push(bytes);
    if (!events.ok) throw new UpstreamError("garbage");
    if (!this.#hasBegun && events.value.length === 0) return this.#holdBack(bytes.length);
    if (this.#pace?.isTooSlow(events.value.length, exchange.cell.monotonicNow()) === true)
      throw new AttemptError(tooSlow);
    this.#take(events.value);
    if (translator.isClosed) this.#complete();
    else this.#expectMore();
  }

  onEnd(): void {
    if (this.#outcome) return;
    const last = this.#parser.end();
    if (last) this.#take([last]);
    if (!this.#hasBegun) throw new UpstreamError("broken");
    this.#complete();
  }

  onFailure(error: unknown): void {
    if (!this.#hasBegun) return this.#options.settle.reject(error);
    this.#outcome ??= { error };
    this.#tellOutcome();
  }

  tell(receiver: EventReceiver): void {
    this.#receiver = receiver;
    const wasPaused = this.#isPaused;
    this.#isPaused = false;
    const untold = this.#untold;
    this.#untold = "";
    try {
      this.#release(untold);
    } catch (error) {
      return this.#failBy(error);
    }
    if (this.#outcome) this.#tellOutcome();
    else if (wasPaused && !this.#isPaused) this.#goOn();
  }

  failed(error: unknown): Promise<unknown> {
    return interruption(this.#options, error);
  }

  /** Bytes before the first event are bounded, and so is the time, by the dispatch. */
  #holdBack(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes >= this.#options.exchange.cell.limits.maxEventBytes)
      throw new UpstreamError("garbage");
  }

  /** Where an event fails, what came before it is released all the same. */
  #take(events: readonly SseEvent[]): void {
    const { translator, open } = this.#options;
    let lawful = "";
    try {
      for (const event of events) {
        if (translator.isClosed) break;
        lawful += this.#judged(event);
      }
    } finally {
      if (this.#hasBegun) {
        open.noteUsage(translator.facts.usage);
        this.#release(lawful);
      }
    }
  }

  /** What an event becomes, once nothing that it says forbids to release it: it may say that it comes from elsewhere. */
  #judged(event: SseEvent): string {
    const { translator } = this.#options;
    const made = translator.push(event);
    if (!made.ok) throw this.#faultOf(made.error);
    if (!this.#hasBegun && translator.isClosed) throw new UpstreamError("garbage");
    this.#requireEvidence(false);
    if (!this.#hasBegun) this.#begin();
    return made.value;
  }

  #faultOf(fault: AnswerFault): Error {
    if (!this.#hasBegun || fault === "garbage") return faultOf(fault, this.#options);
    return fault === "error" ? errorInStream(this.#options.translator.facts.body) : keptElsewhere();
  }

  #requireEvidence(isFinal: boolean): void {
    const { exchange, request, translator } = this.#options;
    this.#shown.body = translator.facts.body;
    this.#shown.isFinal = isFinal;
    requireEvidence(exchange, request.decision, this.#shown);
  }

  #begin(): void {
    const { watch, settle, open } = this.#options;
    this.#hasBegun = true;
    watch.hasBegun();
    settle.resolve({ kind: "streamed", attempt: open, events: this });
  }

  /** What came in one read leaves in one write. */
  #release(lawful: string): void {
    if (lawful === "") return;
    if (this.#receiver) return this.#waitFor(this.#receiver.onEvents(Buffer.from(lawful)));
    this.#untold += lawful;
    if (this.#untold.length >= mostUntoldLength) this.#pause();
  }

  #waitFor(room: Soon<void>): void {
    if (!room) return;
    this.#pause();
    room.then(
      () => this.#goOn(),
      (error: unknown) => this.#failBy(error),
    );
  }

  #pause(): void {
    this.#isPaused = true;
    this.#options.watch.expectNothing();
    this.#flow.pause();
  }

  #goOn(): void {
    this.#isPaused = false;
    if (this.#outcome) return this.#tellOutcome();
    this.#flow.resume();
    this.#expectMore();
  }

  /** The pause between two pieces is bounded, of which comments are some, and so is the pace, of which they are none. */
  #expectMore(): void {
    if (this.#isPaused) return;
    const { watch, exchange } = this.#options;
    watch.expectPiece(exchange.cell.limits.idleTimeoutMs);
    this.#pace?.ask(exchange.cell.monotonicNow());
  }

  /** An answer that is closed is complete, whether its connection ends or not. */
  #complete(): void {
    const { translator, watch } = this.#options;
    const closing = translator.end();
    if (!closing.ok) throw new UpstreamError("broken");
    this.#requireEvidence(true);
    this.#outcome = { closing: closing.value };
    watch.expectPiece(maxDrainMs);
    this.#flow.resume();
    this.#tellOutcome();
  }

  /** What was released could not be kept or given: nothing more is. */
  #failBy(error: unknown): void {
    this.#isPaused = false;
    this.#outcome = { error };
    this.#flow.cancel();
    this.#tellOutcome();
  }

  #tellOutcome(): void {
    const outcome = this.#outcome;
    if (!this.#receiver || this.#isPaused || !outcome || this.#hasToldOutcome) return;
    this.#hasToldOutcome = true;
    if ("error" in outcome) this.#receiver.onFailure(outcome.error);
    else this.#receiver.onClosing(outcome.closing);
  }
}
