// How a request in the caller's operation becomes one in the engine's, and the engine's answer one for the caller.
import { fail, type Result } from "../base/index.ts";
import type { EngineOperationName, RequestFault, RequestView, SpokenName } from "./operation.ts";
import type { AnswerMarks } from "./responses/marks.ts";
import type { SseEvent } from "./sse.ts";
import type { TokenUsage } from "./token-usage.ts";

export interface Translation {
  /** The operation that the caller speaks. */
  readonly from: EngineOperationName;
  /** What the engine speaks. */
  readonly to: SpokenName;
  /** The body for an engine that knows the model as `model`, in pieces: what stays as it came is not copied. */
  request(view: RequestView, model: string): Result<readonly Uint8Array[], Untranslatable>;
  /**
   * A translator for one answer of one engine to what `request` made of `view`. `marks`: what the caller may build on later
   * bears them, where the engine's own names pass to the caller.
   */
  answer(view: RequestView, marks?: AnswerMarks | null): AnswerTranslator;
}

/** What the engine's operation has no words for. It is refused by name: nothing is dropped in silence. */
export interface Untranslatable extends RequestFault {
  readonly param: string;
}

/** Reads one answer, either by `whole` once, or by `push` for each event and then `end`. */
export interface AnswerTranslator {
  /** A whole answer. `mediaType`: as the engine says it; JSON is meant where it is left out. */
  whole(bytes: Uint8Array, mediaType?: string): Result<Uint8Array, AnswerFault>;
  /**
   * One event of the engine's, as framed events for the caller, to be released once `facts` have been judged. Empty
   * for the closing event, and for any that comes after it.
   */
  push(event: SseEvent): Result<string, AnswerFault>;
  /** The engine's closing event was seen: nothing after it counts, and nobody need wait for more. */
  readonly isClosed: boolean;
  /**
   * The closing events, to be released when the outcome is on disk. `broken`: neither the engine's own came nor anything
   * else by which the answer is complete, and no end is made up.
   */
  end(): Result<string, "broken">;
  /** What the answer has said so far. */
  readonly facts: AnswerFacts;
}

/**
 * `garbage`: not the engine's dialect. `error`: the engine says that it failed, whatever the status was. `kept`: its provider
 * has kept what was asked for, and tells where, which nobody asked for and no policy allows.
 */
export type AnswerFault = "garbage" | "error" | "kept";

/** What a caller whose answer is `kept` can do about it. */
export const keptAnswer: Untranslatable = {
  param: "response_format",
  message:
    "the engine answered with an address at which its provider keeps the answer; ask it with `response_format: b64_json`, or of a model that has no addresses",
};

export interface AnswerFacts {
  /** The newest counts that came. */
  readonly usage: TokenUsage | null;
  readonly model: string | null;
  /** The newest parsed body or event, for the engine's evidence; after `error` the one that says so. Null before. */
  readonly body: unknown;
  /** The engine's own id of the call, where it is a short token. */
  readonly callId: string | null;
}

export const noFacts: AnswerFacts = { usage: null, model: null, body: null, callId: null };

/** For an operation whose answers are never streams: an event is none of its dialect's. */
export abstract class WholeAnswerOnly implements AnswerTranslator {
  readonly isClosed = false;
  abstract readonly facts: AnswerFacts;
  abstract whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault>;

  push(_event: SseEvent): Result<never, AnswerFault> {
    return fail("garbage");
  }

  end(): Result<never, "broken"> {
    return fail("broken");
  }
}
