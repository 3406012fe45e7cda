// `/v1/batches`: files of requests that the cell runs, as OpenAI's clients know them.
import { concatBytes, encodeUtf8, fail, isObject, ok, type Result } from "../../base/index.ts";
import { type JsonBounds, type JsonFault, readJsonSpan, scanJsonObject } from "../json-members.ts";
import type { CellOperation, RequestFault } from "../operation.ts";
import { models, plainView } from "../openai/models.ts";
import { type Described, formatPage, inSeconds } from "./files.ts";

export const createBatch: CellOperation = {
  ...models,
  name: "batch_create",
  method: "POST",
  path: "/v1/batches",
  aliases: ["/openai/v1/batches"],
  body: "json",
  read: (body) => ok(plainView(body)),
};
export const listBatches: CellOperation = {
  ...models,
  name: "batches",
  path: "/v1/batches",
  aliases: ["/openai/v1/batches"],
};
export const showBatch: CellOperation = {
  ...models,
  name: "batch",
  path: "/v1/batches/{batch_id}",
  aliases: ["/openai/v1/batches/{batch_id}"],
};
export const cancelBatch: CellOperation = {
  ...models,
  name: "batch_cancel",
  method: "POST",
  path: "/v1/batches/{batch_id}/cancel",
  aliases: ["/openai/v1/batches/{batch_id}/cancel"],
};

/** What a line may ask. */
export const batchEndpoints = [
  "/v1/chat/completions",
  "/v1/embeddings",
  "/v1/completions",
  "/v1/responses",
  "/v1/messages",
] as const;
export type BatchEndpoint = (typeof batchEndpoints)[number];

export type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled";

/** The one window that OpenAI has a word for. */
export const completionWindow = "24h";

export interface BatchWish {
  readonly inputFileId: string;
  readonly endpoint: BatchEndpoint;
  readonly metadata: Readonly<Record<string, string>> | null;
}

export interface BatchError {
  readonly code: string;
  readonly message: string;
  /** Of the input file, from 1; null where it is none's. */
  readonly line: number | null;
}

export interface BatchView extends BatchWish {
  readonly id: string;
  readonly status: BatchStatus;
  readonly errors: readonly BatchError[];
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly createdAtMs: number;
  /** The end of its window. */
  readonly dueAtMs: number;
  /** By status: when it came to be it. */
  readonly since: Readonly<Partial<Record<BatchStatus, number>>>;
  readonly counts: { readonly total: number; readonly completed: number; readonly failed: number };
}

const members = new Set(["input_file_id", "endpoint", "completion_window", "metadata"]);

/** A member that is not known is refused: what it asks for would not be done. */
export function readBatchWish(body: Uint8Array): Result<BatchWish, RequestFault> {
  const scanned = scanJsonObject(body);
  if (!scanned.ok) return refused(null, unreadable("the body", scanned.error));
  const valueOf = (name: string): unknown => {
    const span = scanned.value.get(name);
    return span && readJsonSpan(body, span);
  };
  const unknown = Array.from(scanned.value.keys()).find((name) => !members.has(name));
  if (unknown !== undefined) return refused(unknown.slice(0, 64), "the member is not known here");
  const [input, endpoint] = [valueOf("input_file_id"), valueOf("endpoint")];
  if (typeof input !== "string") return refused("input_file_id", "expected the id of an uploaded file");
  const known = batchEndpoints.find((each) => each === endpoint);
  if (known === undefined) return refused("endpoint", `expected one of ${batchEndpoints.join(", ")}`);
  if (valueOf("completion_window") !== completionWindow)
    return refused("completion_window", `expected \`${completionWindow}\``);
  const metadata = valueOf("metadata") ?? null;
  if (!isMetadata(metadata))
    return refused("metadata", "expected at most 16 members, each a string of at most 512 characters");
  return ok({ inputFileId: input, endpoint: known, metadata });
}

function isMetadata(value: unknown): value is BatchWish["metadata"] {
  if (value === null) return true;
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= 16 &&
    entries.every(([name, text]) => name.length <= 64 && typeof text === "string" && text.length <= 512)
  );
}

function refused(param: string | null, message: string): Result<never, RequestFault> {
  return fail({ param, message: param === null ? message : `\`${param}\`: ${message}` });
}

export function formatBatch(batch: BatchView): string {
  return JSON.stringify(described(batch));
}

export function formatBatchList(batches: readonly BatchView[], hasMore: boolean): string {
  return formatPage(batches.map(described), hasMore);
}

function described({ since, counts, errors, ...batch }: BatchView): Described {
  const at = (status: BatchStatus): number | null => {
    const atMs = since[status];
    return atMs === undefined ? null : inSeconds(atMs);
  };
  return {
    id: batch.id,
    object: "batch",
    endpoint: batch.endpoint,
    errors:
      errors.length === 0 ? null : { object: "list", data: errors.map((each) => ({ ...each, param: null })) },
    input_file_id: batch.inputFileId,
    completion_window: completionWindow,
    status: batch.status,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    created_at: inSeconds(batch.createdAtMs),
    in_progress_at: at("in_progress"),
    expires_at: inSeconds(batch.dueAtMs),
    finalizing_at: at("finalizing"),
    completed_at: at("completed"),
    failed_at: at("failed"),
    expired_at: at("expired"),
    cancelling_at: at("cancelling"),
    cancelled_at: at("cancelled"),
    request_counts: counts,
    metadata: batch.metadata,
  };
}

export interface BatchLine {
  readonly customId: string;
  /** The request's body, as the line has it. */
  readonly body: Uint8Array;
}

export interface LineFault {
  /** Where it could be read. */
  readonly customId: string | null;
  readonly message: string;
}

/** What one line asks of `endpoint`, by its own bytes alone. */
export function readBatchLine(
  line: Uint8Array,
  endpoint: BatchEndpoint,
  bounds: JsonBounds,
): Result<BatchLine, LineFault> {
  const scanned = scanJsonObject(line, bounds);
  if (!scanned.ok) return fail({ customId: null, message: unreadable("the line", scanned.error) });
  const valueOf = (name: string): unknown => {
    const span = scanned.value.get(name);
    return span && readJsonSpan(line, span);
  };
  const customId = valueOf("custom_id");
  if (typeof customId !== "string" || customId === "" || customId.length > 512)
    return fail({ customId: null, message: "`custom_id`: expected a string of at most 512 characters" });
  if (valueOf("method") !== "POST") return fail({ customId, message: "`method`: expected `POST`" });
  if (valueOf("url") !== endpoint)
    return fail({ customId, message: `\`url\`: expected the batch's own endpoint, \`${endpoint}\`` });
  const [span, body] = [scanned.value.get("body"), valueOf("body")];
  if (span === undefined || !isObject(body))
    return fail({ customId, message: "`body`: expected a JSON object" });
  if (body["stream"] === true) return fail({ customId, message: "`body.stream`: a batch has no streams" });
  return ok({ customId, body: line.subarray(span.start, span.end) });
}

function unreadable(what: string, { offset, reason }: JsonFault): string {
  return `${what} is no JSON object that is read here: ${reason} (at byte ${offset})`;
}

export interface LineResult {
  /** From 1, in the input file. */
  readonly line: number;
  readonly batchId: string;
  readonly customId: string | null;
  /** It may have been under way when the process ended, and was run again. */
  readonly isRepeated: boolean;
  readonly response: {
    readonly status: number;
    readonly requestId: string;
    readonly body: Uint8Array;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** One line of an output file, with its end. The answer stands in it byte for byte, but for the ends of its own lines. */
export function formatLineResult({ response, ...result }: LineResult): Uint8Array {
  const before =
    `{"id":"batch_req_${result.batchId.replace("batch_", "")}_${result.line}",` +
    `"custom_id":${JSON.stringify(result.customId)},"response":`;
  const repeated = result.isRepeated ? ',"repeated":true' : "";
  const after = `,"error":${JSON.stringify(result.error)}${repeated}}\n`;
  if (response === null) return encodeUtf8(`${before}null${after}`);
  const head = `{"status_code":${response.status},"request_id":${JSON.stringify(response.requestId)},"body":`;
  return concatBytes([encodeUtf8(before + head), inOneLine(response.body), encodeUtf8(`}${after}`)]);
}

/** The number of the line that a result is of; null for what is none. */
export function lineOfResult(result: string): number | null {
  const line = /^\{"id":"batch_req_[0-9a-f]{32}_([1-9]\d*)"/.exec(result)?.[1];
  return line === undefined ? null : Number(line);
}

/** Between the tokens of JSON an end of line is space, and inside of them there is none (RFC 8259 §2, §7). */
function inOneLine(json: Uint8Array): Uint8Array {
  if (!json.includes(0x0a) && !json.includes(0x0d)) return json;
  return json.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
}
