// What the gateway knows of an operation of an API. The pipeline reads rows of this shape and knows no dialect.
import type { Result } from "../base/index.ts";
import type { ErrorDetails } from "./error-body.ts";
import type { JsonBounds, JsonSpan, ScannedObject } from "./json-members.ts";
import type { BoundedForm } from "./form/multipart.ts";
import type { Mark, MarkedKind } from "./responses/marks.ts";
import type { TokenUsage } from "./token-usage.ts";

/** An engine that the permit names answers these. */
export type EngineOperationName =
  | "chat_completions"
  | "completions"
  | "embeddings"
  | "responses"
  | "messages"
  | "count_tokens"
  | "rerank"
  | "moderations"
  | "audio_transcriptions"
  | "audio_translations"
  | "audio_speech"
  | "image_generations"
  | "image_edits"
  | "image_variations"
  | "realtime";
/** What an engine may speak, and no caller of ours. How its calls are addressed, and how its streams are framed, is the engine's. */
export type EngineDialectName =
  | "converse"
  | "generate_content"
  | "embed_contents"
  | "predict"
  | "cohere_chat"
  | "cohere_embed";
/** In what an engine is asked. */
export type SpokenName = EngineOperationName | EngineDialectName;
/** The cell answers these itself, so that nothing of a subject is sent. */
export type CellOperationName =
  | "models"
  | "model"
  | "file_upload"
  | "files"
  | "file"
  | "file_content"
  | "file_delete"
  | "batch_create"
  | "batches"
  | "batch"
  | "batch_cancel";
/** Also the word for the operation in metrics and in the log. */
export type OperationName = EngineOperationName | CellOperationName;

export type ApiOperation = EngineOperation | CellOperation;

export type EngineOperation = JsonOperation | FormOperation | SessionOperation;

export interface JsonOperation extends EngineRow {
  readonly body: "json";
  /** `members`: of a body that was scanned before, which is a piece of work of its own. */
  read(body: Uint8Array, members?: ScannedObject): Result<RequestView, RequestFault>;
}

export interface FormOperation extends EngineRow {
  readonly body: "multipart";
  read(body: Uint8Array, form: BoundedForm): Result<RequestView, RequestFault>;
}

/** Messages both ways over one connection (RFC 6455), each of them an event. Nothing translates one: an engine speaks it, or is not asked. */
export interface SessionOperation extends EngineRow {
  readonly method: "GET";
  readonly body: "events";
  /** All members of the query, in their order: which model it is must be said before anything else is. */
  read(query: QueryMembers): Result<RequestView, RequestFault>;
  /** An event of the caller's, who knows the model as `alias`. */
  readCallerEvent(text: Uint8Array, about: { readonly alias: string } & JsonBounds): CallerEvent;
  /** Null: it is none of the dialect's. */
  readEngineEvent(text: Uint8Array): EngineEvent | null;
  /** What the caller is told of an event that is not passed on, or of the session's end. */
  formatEventError(error: ErrorDetails, eventId: string | null): string;
}

export type QueryMembers = readonly (readonly [name: string, value: string])[];

export interface CallerEvent {
  /** By which the caller knows it; null where it has none. */
  readonly id: string | null;
  readonly fault: RequestFault | null;
  /** As for a request; empty where there is a fault. */
  readonly exits: readonly Exit[];
  /** Where the model is named, if it is. */
  readonly modelSpan: JsonSpan | null;
  /** It asks for a response, which costs. */
  readonly asksForResponse: boolean;
}

export interface EngineEvent {
  /** The parsed event, for the engine's evidence. */
  readonly body: unknown;
  readonly modelSpan: JsonSpan | null;
  /** What it says of a response: that it has begun, or is over. */
  readonly response: "begun" | "over" | null;
  /** What it says that was used for something that is over; `unknown` where it says nothing of that. Null for nothing. */
  readonly usage: TokenUsage | "unknown" | null;
}

interface EngineRow extends OperationRow {
  readonly name: EngineOperationName;
  readonly answeredBy: "engine";
  /** What OpenTelemetry's GenAI conventions call it (`gen_ai.operation.name`). */
  readonly genAiName: string;
  /**
   * Its answers are compared with those of other requests, so that a model's endpoints must all run the same one: vectors
   * of two models lie in two spaces.
   */
  readonly isCompared: boolean;
  /** A whole answer may be other than JSON: what it is passes to the caller. */
  readonly answersAnyMedia?: true;
}

export interface CellOperation extends OperationRow {
  readonly name: CellOperationName;
  readonly answeredBy: "cell";
  readonly body: "none" | "json";
  /** Gets no bytes where there are none. */
  read(body: Uint8Array): Result<RequestView, RequestFault>;
}

interface OperationRow {
  readonly method: "GET" | "POST" | "DELETE";
  /** A `{name}` stands for a segment of a path; `{model}` at its end for all the rest, escaped. */
  readonly path: string;
  /** Where callers ask for it too; an engine is asked at `path`. A `{name}` in the middle stands for one segment, escaped. */
  readonly aliases?: readonly string[];
  /** The closed list of members that would move data, keep it, or choose where it is computed. */
  readonly exits: readonly ExitRule[];
  /** An error as a JSON body. */
  formatError(error: ErrorDetails): string;
  /** An error as the last event of a stream that broke off, framed. */
  formatErrorEvent(error: ErrorDetails): string;
}

/** The few things that the gateway must understand of a request. */
export interface RequestView {
  /** INVARIANT: a name where an engine answers, else null. */
  readonly model: string | null;
  /** The answer is wanted as a stream of events. */
  readonly wantsEvents: boolean;
  /** The body as it came. */
  readonly body: Uint8Array;
  /** Of the body, where it is other than JSON. */
  readonly contentType?: string;
  /** Where the value of `model` stands in `body`; null where it does not. */
  readonly modelSpan: JsonSpan | null;
  /**
   * What the operation's rules found, in the order in which the members stand, one finding at most for each. They are
   * looked for while the body is read: its members are parsed then, and the parsed text need not live as long as the
   * request.
   */
  readonly exits: readonly Exit[];
  /** The most that the request lets be written, whatever the model would write. */
  readonly answerBound: AnswerBound;
  /** What makes the body ask for the token counts of its stream; null where there is none, or it asks already. */
  readonly usageWish: BodyEdit | null;
  /**
   * What the cell says in the caller's place, whoever answers: an engine would take silence for a word that no permit
   * covers. Null where nothing is left to say.
   */
  readonly unsaid: BodyEdit | null;
  /** What it builds on that one endpoint alone has. None where it is left out. */
  readonly references?: readonly Reference[];
}

/** To something that an endpoint has kept, or that it alone can open. */
export interface Reference {
  readonly kind: MarkedKind;
  /** The whole path, for `param`. */
  readonly member: string;
  /** As the endpoint knows it; empty where there is no mark. */
  readonly text: string;
  /** Says which endpoint it is, once its proof was checked. Null where the caller had it from elsewhere. */
  readonly mark: Mark | null;
  /** Takes the mark off, which no engine knows. */
  readonly edit: BodyEdit | null;
}

export function unmarkedReference(kind: MarkedKind, member: string): Reference {
  return { kind, member, text: "", mark: null, edit: null };
}

export interface AnswerBound {
  /** How many prompts the body holds, each of which an engine reads by itself. */
  readonly prompts: number;
  /** Of one answer; null where the request does not say. */
  readonly tokens: number | null;
  /** How many answers it asks for, to all prompts together. */
  readonly answers: number;
  /** How many bytes of text they are together, where that is not the length of the body. Infinite where not all is text. */
  readonly bytes?: number;
}

/** Puts `text` in the place of `span`; all other bytes stay as they are. */
export interface BodyEdit {
  readonly span: JsonSpan;
  readonly text: string;
}

/** A wish that a body need not say, since the dialect grants it to everybody. */
export const unspoken: BodyEdit = { span: { start: 0, end: 0 }, text: "" };

/** Why a request cannot be understood; for the caller, so it names members and never quotes them. */
export interface RequestFault {
  /** The member at fault, such as `messages[2].role`; null when it is the text as a whole. */
  readonly param: string | null;
  readonly message: string;
}

/**
 * `moves`: the engine would send something to, or fetch something from, a place of the request's choice or of the
 * engine's. `keeps`: it would store the exchange. `chooses`: the request would name the place, the model or the
 * provider that computes, past the permit.
 */
export type ExitKind = "moves" | "keeps" | "chooses";

export interface ExitRule {
  /** A top-level member of the body, in lower case; it is found in any. */
  readonly member: string;
  readonly does: ExitKind;
  /**
   * Where in the member's value it happens, as paths after the member's name: `""` for the value itself,
   * `[0].content[1].image_url.url` for a part of it. All of them, since a policy may allow one kind and not another.
   * None for a value that does nothing of the kind.
   */
  find(value: unknown): Iterable<FoundExit>;
}

export interface FoundExit {
  readonly path: string;
  /** By which a policy allows it. */
  readonly name: string;
}

export interface Exit {
  /** The whole path, for `param`. It holds names and positions only, never a value. */
  readonly member: string;
  /** By which a policy allows it: the member's, or that of the medium inside. */
  readonly name: string;
  readonly does: ExitKind;
}
