// What an engine says of an error, in whichever of the common forms: nothing is assumed, and nothing is judged here.
import { decodeUtf8, isObject, parseJson } from "../base/index.ts";
import { retryAfterMsOf } from "./retry-after.ts";

export interface EngineError {
  /** A status that the body names by itself, as routers do under a status of 200; null where it names none. */
  readonly status: number | null;
  /** As the engine spells it. */
  readonly code: string | null;
  readonly type: string | null;
  /** The engine's sentence. It may quote the request: it is for the caller whose request it is about, and nobody else. */
  readonly message: string | null;
  /** The member at fault, where it is named. */
  readonly param: string | null;
  /** How long it wants to be left alone, where the body says so. */
  readonly retryAfterMs: number | null;
  /** A page for a browser in its place. */
  readonly isPage: boolean;
}

const maxMessageLength = 2_000;
const maxParamLength = 256;
const nothing: EngineError = {
  status: null,
  code: null,
  type: null,
  message: null,
  param: null,
  retryAfterMs: null,
  isPage: false,
};

/** Of the bytes of a whole body. */
export function readEngineErrorBody(bytes: Uint8Array): EngineError {
  const text = decodeUtf8(bytes);
  if (text === null) return nothing;
  return /^\s*</.test(text) ? { ...nothing, isPage: true } : readEngineError(parseJson(text));
}

/** Of a parsed body or event. */
export function readEngineError(body: unknown): EngineError {
  // Google's servers of the OpenAI dialect put the object into a list.
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(outer)) return nothing;
  const { error = outer } = outer;
  if (typeof error === "string") return { ...nothing, message: cut(error, maxMessageLength) };
  if (!isObject(error)) return nothing;
  const { code, type, message, param, status, detail } = error;
  const details = readDetails(detail ?? outer["detail"]);
  const google = readGoogleDetails(error["details"]);
  return {
    status: readStatus(code) ?? readStatus(status),
    code: readStatus(code) === null ? readText(code, maxParamLength) : google.reason,
    type: readText(type, maxParamLength) ?? readText(status, maxParamLength),
    message: readText(message, maxMessageLength) ?? details.message,
    param: readText(param, maxParamLength) ?? details.param,
    retryAfterMs: google.retryAfterMs,
    isPage: false,
  };
}

type Details = Pick<EngineError, "message" | "param">;

/** FastAPI and pydantic: a sentence, or a list of faults with the way to each. */
function readDetails(detail: unknown): Details {
  if (!Array.isArray(detail)) return { message: readText(detail, maxMessageLength), param: null };
  const faults = detail.filter(isObject);
  const sentences = faults.map(({ msg }) => msg).filter((msg) => typeof msg === "string");
  return {
    message: readText(sentences.join("; "), maxMessageLength),
    param: readText(pathOf(faults[0]?.["loc"]), maxParamLength),
  };
}

/** google.rpc.ErrorInfo and google.rpc.RetryInfo, each known by its `@type` (google.aip.dev/193). */
function readGoogleDetails(details: unknown): {
  readonly reason: string | null;
  readonly retryAfterMs: number | null;
} {
  const list: readonly unknown[] = Array.isArray(details) ? details : [];
  const ofType = (name: string): Readonly<Record<string, unknown>> =>
    list.filter(isObject).find((detail) => detail["@type"] === `type.googleapis.com/google.rpc.${name}`) ??
    {};
  const delay = readText(ofType("RetryInfo")["retryDelay"], maxParamLength) ?? "";
  const seconds = /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(delay)?.[1];
  return {
    reason: readText(ofType("ErrorInfo")["reason"], maxParamLength),
    retryAfterMs: seconds === undefined ? null : retryAfterMsOf(Number(seconds) * 1_000),
  };
}

function pathOf(loc: unknown): string | null {
  if (!Array.isArray(loc)) return null;
  const steps = loc.slice(loc[0] === "body" ? 1 : 0);
  return steps
    .map((step, at) => (typeof step === "number" ? `[${step}]` : (at === 0 ? "" : ".") + String(step)))
    .join("");
}

function readStatus(value: unknown): number | null {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599
    ? (status as number)
    : null;
}

function readText(value: unknown, most: number): string | null {
  return typeof value === "string" && value !== "" ? cut(value, most) : null;
}

/** Whole characters only. */
function cut(text: string, most: number): string {
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
}
