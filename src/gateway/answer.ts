import type { UpstreamAnswer } from "../providers/index.ts";
import type { Model } from "../config/index.ts";
import type { PermittedEndpoint } from "../law/index.ts";
import type { ChatChunk } from "../wire/index.ts";

/** An upstream's answer that has begun to be one. From here on the endpoint is never switched. */
export type Answer = WholeAnswer | StreamedAnswer;

interface AnswerFrom {
  readonly endpoint: PermittedEndpoint;
}

export interface WholeAnswer extends AnswerFrom {
  readonly kind: "whole";
  readonly body: Uint8Array;
}

export interface StreamedAnswer extends AnswerFrom {
  readonly kind: "streamed";
  readonly model: Model;
  readonly headers: UpstreamAnswer["headers"];
  readonly first: StreamedChunk;
  /** The chunks after the first. Ends after `[DONE]`, throws UpstreamError when the stream breaks off before. */
  readonly rest: AsyncGenerator<StreamedChunk, void>;
}

export interface StreamedChunk {
  /** The event's data as it came. */
  readonly data: string;
  readonly chunk: Exclude<ChatChunk, { kind: "garbage" }>;
}
