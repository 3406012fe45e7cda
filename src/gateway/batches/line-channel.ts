import type { Channel, EventSink, RequestHead, Submitter, WholeAnswer } from "../exchange/channel.ts";

export interface LineRequest {
  readonly path: string;
  readonly body: Uint8Array;
  readonly submitter: Submitter;
  /** Whom the submission named. */
  readonly person: string | null;
}

export interface LineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A line of a batch on its way through the pipeline, as a request of its own. */
export class LineChannel implements Channel {
  readonly head: RequestHead;
  readonly submitter: Submitter;
  readonly hasBegun = false;
  readonly isCrowded = false;
  /** Null until it is answered, and for ever if nobody is to be. */
  answered: LineAnswer | null = null;
  readonly #body: Uint8Array;
  #leave: () => void = () => undefined;

  constructor({ path, body, submitter, person }: LineRequest) {
    const headers = {
      "content-type": "application/json",
      "content-length": String(body.length),
      ...(person !== null && { "bailiwick-subject": person }),
    };
    this.head = {
      method: "POST",
      target: path,
      httpVersion: null,
      rawHeaders: Object.entries(headers).flat(),
      headers,
      peerAddress: null,
      certificate: null,
    };
    this.submitter = submitter;
    this.#body = body;
  }

  body(): Uint8Array {
    return this.#body;
  }

  async answer({ status, headers, body }: WholeAnswer): Promise<boolean> {
    this.answered = { status, headers, body: typeof body === "string" ? Buffer.from(body) : body };
    return true;
  }

  events(): EventSink {
    throw new TypeError("a line of a batch asks for no stream");
  }

  async breakOff(): Promise<boolean> {
    return false;
  }

  destroy(): void {}

  whenGone(listener: () => void): void {
    this.#leave = listener;
  }

  /** Nobody wants its answer any more. */
  leave(): void {
    this.#leave();
  }
}
