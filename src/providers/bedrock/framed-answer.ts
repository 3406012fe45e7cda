// An answer whose stream comes in Amazon's frames, as events of lines.
import { encodeUtf8 } from "../../base/index.ts";
import { type AnswerHeaders, type AnswerReceiver, type CallUnderWay, UpstreamError } from "../provider.ts";
import { type Frame, FrameReader, FramingError } from "./event-stream.ts";

/** What a stream is asked to come as, and comes as. */
export const framedType = "application/vnd.amazon.eventstream";

const framed = /^application\/vnd\.amazon\.eventstream\b/i;

/**
 * Tells `receiver` events in place of frames. INVARIANT: nothing of a frame is told before both its checksums, and what is
 * whole before a damaged one is told, however they came.
 */
export class FramedAnswer implements AnswerReceiver, CallUnderWay {
  readonly #receiver: AnswerReceiver;
  readonly #maxEventBytes: number;
  readonly #eventOf: (frame: Frame) => string;
  #frames: FrameReader | null = null;
  #isOver = false;
  underWay: CallUnderWay | null = null;

  /** `eventOf`: framed for whoever reads events. Throws {@link FramingError} for what is none. */
  constructor(
    receiver: AnswerReceiver,
    { maxEventBytes, eventOf }: { maxEventBytes: number; eventOf: (frame: Frame) => string },
  ) {
    this.#receiver = receiver;
    this.#maxEventBytes = maxEventBytes;
    this.#eventOf = eventOf;
  }

  onHead(status: number, headers: AnswerHeaders): void {
    if (!framed.test(headers["content-type"] ?? "")) return this.#receiver.onHead(status, headers);
    this.#frames = new FrameReader(frameBytesFor(this.#maxEventBytes));
    this.#receiver.onHead(status, { ...headers, "content-type": "text/event-stream" });
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#frames) return this.#receiver.onBytes(bytes);
    const { text, error } = this.#read(this.#frames, bytes);
    if (text !== "") this.#receiver.onBytes(encodeUtf8(text));
    if (error !== null) this.#breakOff(error);
  }

  #read(frames: FrameReader, bytes: Uint8Array): { text: string; error: FramingError | null } {
    let text = "";
    try {
      for (const frame of frames.push(bytes)) text += this.#eventOf(frame);
      return { text, error: null };
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      return { text, error };
    }
  }

  /** Whoever was told of what came before may have cancelled the call. */
  #breakOff(cause: FramingError): void {
    if (this.#isOver) return;
    this.cancel();
    this.#receiver.onFailure(new UpstreamError("broken", { cause }));
  }

  pause(): void {
    this.underWay?.pause();
  }

  resume(): void {
    this.underWay?.resume();
  }

  cancel(): void {
    this.#isOver = true;
    this.underWay?.cancel();
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#frames?.isAmid === true) this.#receiver.onFailure(new UpstreamError("broken"));
    else this.#receiver.onEnd();
  }

  onFailure(error: Error): void {
    if (!this.#isOver) this.#receiver.onFailure(error);
  }
}

/** An event comes in base64 (RFC 4648 §4), with headers and some padding beside it. */
function frameBytesFor(eventBytes: number): number {
  return Math.ceil(eventBytes / 3) * 4 + besideEventBytes;
}

const besideEventBytes = 64 * 1024;
