// What a chat completion says, whole or in one chunk, in a form that other dialects can be told from.
import { isObject } from "../../base/index.ts";

export interface ChatPiece {
  /** What the model thought, where the engine tells it (`reasoning_content` of most, vLLM's `reasoning`). */
  readonly reasoning: string;
  readonly text: string;
  readonly refusal: string;
  readonly calls: readonly CallPiece[];
  /** Why it ended; null while it goes on. */
  readonly finish: ChatFinish | null;
  /** The word at which it stopped, where the engine tells it (vLLM's `stop_reason`). */
  readonly stopWord: string | null;
}

export interface CallPiece {
  readonly index: number;
  /** Null in the chunks that go on with a call. */
  readonly id: string | null;
  readonly name: string | null;
  /** A piece of JSON. */
  readonly arguments: string;
  /** What its maker wants back with it (`extra_content` of Google's servers). */
  readonly extra?: object;
}

const finishes = ["stop", "length", "tool_calls", "function_call", "content_filter"] as const;
export type ChatFinish = (typeof finishes)[number];

/** Of the first choice in a parsed answer or chunk. Null: nothing that is known here. */
export function readPiece(choice: unknown, member: "message" | "delta"): ChatPiece | null {
  if (!isObject(choice)) return null;
  const said = choice[member] ?? {};
  const finish = choice["finish_reason"] ?? null;
  if (!isObject(said) || !isFinish(finish)) return null;
  const texts = [said["reasoning_content"] ?? said["reasoning"], said["content"], said["refusal"]].map(
    readText,
  );
  const calls = readCalls(said["tool_calls"] ?? []);
  const [reasoning = null, text = null, refusal = null] = texts;
  if (reasoning === null || text === null || refusal === null || calls === null) return null;
  const stopWord = typeof choice["stop_reason"] === "string" ? choice["stop_reason"] : null;
  return { reasoning, text, refusal, calls, finish, stopWord };
}

function isFinish(value: unknown): value is ChatFinish | null {
  return value === null || finishes.some((finish) => finish === value);
}

function readText(value: unknown): string | null {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : null;
}

function readCalls(calls: unknown): readonly CallPiece[] | null {
  if (!Array.isArray(calls)) return null;
  const read = calls.map(readCall);
  return read.every((call) => call !== null) ? read : null;
}

function readCall(call: unknown, position: number): CallPiece | null {
  if (!isObject(call)) return null;
  const { index = position, id = null, function: called = {} } = call;
  if (!isObject(called) || !Number.isSafeInteger(index)) return null;
  const { name = null, arguments: json = "" } = called;
  const text = readText(json);
  const areTexts = [id, name].every((value) => value === null || typeof value === "string");
  if (!areTexts || text === null) return null;
  return { index: Number(index), id: id as string | null, name: name as string | null, arguments: text };
}
