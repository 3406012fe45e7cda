// What a simulated engine understands of a request, in whichever of its dialects, and how it refuses one.
import { fail, isObject, ok, type Result } from "../../base/index.ts";
import { engineOperations, type EngineOperationName } from "../../wire/index.ts";
import type { AnswerLimits } from "./answer.ts";
import type { Members, SimulatedDialect } from "./dialect.ts";
import type { Tokens } from "./tokens.ts";
import type { VllmError } from "./vllm-error.ts";

export interface CompletionRequest {
  readonly prompt: Tokens;
  readonly isStream: boolean;
  readonly members: Members;
  readonly limits: AnswerLimits;
}

const maxAnswerTokens = 131_072;

/**
 * As models have one. Cells run simulated engines in their own process: a prompt of many megabytes would hold up the cell
 * while it is cut into tokens, of which there are four bytes each.
 */
const maxContextTokens = 262_144;

export function parseCompletionRequest(
  dialect: SimulatedDialect,
  body: Uint8Array,
  servedModel: string,
): Result<CompletionRequest, VllmError> {
  const read = readRequest(dialect.operation, body, servedModel);
  if (!read.ok) return read;
  const { members, isStream } = read.value;
  const limits = readLimits(dialect, members);
  if (!limits.ok) return limits;
  const prompt = dialect.prompt(members);
  return prompt === null ? wrong("prompt") : ok({ prompt, isStream, members, limits: limits.value });
}

interface ReadRequest {
  readonly members: Members;
  readonly isStream: boolean;
}

/** As the operation's own reader understands it. */
export function readRequest(
  operation: EngineOperationName,
  body: Uint8Array,
  servedModel: string,
): Result<ReadRequest, VllmError> {
  if (body.length > 4 * maxContextTokens) return fail(contextExceeded);
  const row = engineOperations.find(({ name }) => name === operation);
  const view = row?.body === "json" ? row.read(body) : undefined;
  if (!view?.ok) return fail({ status: 400, message: "no such operation", param: null, ...view?.error });
  const { model, wantsEvents } = view.value;
  if (model !== servedModel) {
    return fail({ status: 404, message: `The model \`${model}\` does not exist.`, param: "model" });
  }
  const members: unknown = JSON.parse(new TextDecoder().decode(body));
  return ok({ members: isObject(members) ? members : {}, isStream: wantsEvents });
}

const contextExceeded: VllmError = {
  status: 400,
  message: `This model's maximum context length is ${maxContextTokens} tokens. Please reduce the length of the messages.`,
  param: "messages",
};

/** `min_tokens` and `ignore_eos` are vLLM's own: at least so many, and no end before the bound. Load generators use both. */
function readLimits(dialect: SimulatedDialect, members: Members): Result<AnswerLimits, VllmError> {
  const { name, value } = dialect.maxTokens(members);
  const maxTokens = value ?? null;
  const minTokens = members["min_tokens"] ?? 0;
  const { name: stopName, value: said } = dialect.stop(members);
  const stop = typeof said === "string" ? [said] : (said ?? []);
  if (maxTokens !== null && !isCount(maxTokens, 1)) return wrong(name);
  if (!isCount(minTokens, 0)) return wrong("min_tokens");
  if (!isStrings(stop)) return wrong(stopName);
  if ((members["n"] ?? 1) !== 1) return wrong("n");
  return ok({ minTokens, maxTokens, ignoresEnd: members["ignore_eos"] === true && maxTokens !== null, stop });
}

function isCount(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= maxAnswerTokens;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === "string");
}

export function wrong(param: string): Result<never, VllmError> {
  return fail({ status: 400, message: `\`${param}\` has a value that this engine does not take`, param });
}
