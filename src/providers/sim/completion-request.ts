// What a simulated engine understands of a request for a chat completion, and how it refuses one, in vLLM's words.
import { fail, ok, type Result } from "../../base/index.ts";
import { parseChatRequest } from "../../wire/index.ts";
import type { AnswerLimits } from "./answer.ts";
import { renderPrompt, type Tokens } from "./tokens.ts";

export interface CompletionRequest {
  readonly prompt: Tokens;
  readonly isStream: boolean;
  readonly includesUsage: boolean;
  readonly limits: AnswerLimits;
}

export interface VllmError {
  readonly status: 400 | 404 | 413 | 500 | 503;
  readonly message: string;
  readonly param: string | null;
}

const maxAnswerTokens = 131_072;

/**
 * As models have one. Cells run simulated engines in their own process: a prompt of many megabytes would hold up the cell
 * while it is cut into tokens, of which there are four bytes each.
 */
const maxContextTokens = 262_144;

export function parseCompletionRequest(
  body: Uint8Array,
  servedModel: string,
): Result<CompletionRequest, VllmError> {
  if (body.length > 4 * maxContextTokens) return fail(contextExceeded);
  const chat = parseChatRequest(body);
  if (!chat.ok) return fail({ status: 400, ...chat.error });
  const { model, isStream } = chat.value;
  if (model !== servedModel) {
    return fail({ status: 404, message: `The model \`${model}\` does not exist.`, param: "model" });
  }
  const members = JSON.parse(new TextDecoder().decode(body)) as Members;
  const limits = readLimits(members);
  if (!limits.ok) return limits;
  return ok({
    prompt: renderPrompt(members.messages, members.tools),
    isStream,
    includesUsage: isStream && members.stream_options?.include_usage === true,
    limits: limits.value,
  });
}

const contextExceeded: VllmError = {
  status: 400,
  message: `This model's maximum context length is ${maxContextTokens} tokens. Please reduce the length of the messages.`,
  param: "messages",
};

export function formatVllmError({ status, message, param }: VllmError): string {
  return JSON.stringify({ error: { message, type: vllmErrorTypes[status], param, code: status } });
}

const vllmErrorTypes = {
  400: "BadRequestError",
  404: "NotFoundError",
  413: "RequestEntityTooLarge",
  500: "InternalServerError",
  503: "ServiceUnavailableError",
} as const;

/** Those after `messages` are unchecked: each reader below looks for itself. */
interface Members {
  readonly messages: readonly unknown[];
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly tools?: unknown;
  readonly n?: unknown;
  readonly max_tokens?: unknown;
  readonly max_completion_tokens?: unknown;
  /** vLLM's own: at least so many tokens, and no end before `max_tokens`. Load generators use both. */
  readonly min_tokens?: unknown;
  readonly ignore_eos?: unknown;
  readonly stop?: unknown;
}

function readLimits(members: Members): Result<AnswerLimits, VllmError> {
  const maxTokens = members.max_completion_tokens ?? members.max_tokens ?? null;
  const minTokens = members.min_tokens ?? 0;
  const stop = typeof members.stop === "string" ? [members.stop] : (members.stop ?? []);
  if (maxTokens !== null && !isCount(maxTokens, 1)) return wrong("max_tokens");
  if (!isCount(minTokens, 0)) return wrong("min_tokens");
  if (!isStrings(stop)) return wrong("stop");
  if ((members.n ?? 1) !== 1) return wrong("n");
  return ok({ minTokens, maxTokens, ignoresEnd: members.ignore_eos === true && maxTokens !== null, stop });
}

function isCount(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= maxAnswerTokens;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === "string");
}

function wrong(param: string): Result<never, VllmError> {
  return fail({ status: 400, message: `\`${param}\` has a value that this engine does not take`, param });
}
