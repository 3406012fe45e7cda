// An event of an engine's in a realtime session. It passes as it came, but for the model's name where it names it.
import { isObject } from "../../base/index.ts";
import { type JsonSpan, readJsonSpan, scanJsonObject } from "../json-members.ts";
import type { EngineEvent } from "../operation.ts";
import { readCount } from "../openai/answer.ts";
import type { TokenUsage } from "../token-usage.ts";

export function readEngineEvent(text: Uint8Array): EngineEvent | null {
  const scanned = scanJsonObject(text);
  if (!scanned.ok) return null;
  const valueOf = (name: string): unknown => {
    const span = scanned.value.get(name);
    return span && readJsonSpan(text, span);
  };
  const type = valueOf("type");
  if (typeof type !== "string") return null;
  const body = Object.fromEntries(Array.from(scanned.value.keys(), (name) => [name, valueOf(name)]));
  const session = ["session.created", "session.updated"].includes(type)
    ? scanned.value.get("session")
    : undefined;
  return {
    body,
    modelSpan: session ? modelIn(text, session) : null,
    response: type === "response.created" ? "begun" : type === "response.done" ? "over" : null,
    usage: usageIn(type, body),
  };
}

function modelIn(text: Uint8Array, { start, end }: JsonSpan): JsonSpan | null {
  const bytes = text.subarray(start, end);
  const scanned = scanJsonObject(bytes);
  const span = scanned.ok ? scanned.value.get("model") : undefined;
  if (!span || typeof readJsonSpan(bytes, span) !== "string") return null;
  return { start: start + span.start, end: start + span.end };
}

/** What another model has written down costs beside: by tokens, or by seconds, which are none. */
function usageIn(type: string, body: Readonly<Record<string, unknown>>): EngineEvent["usage"] {
  if (type === "conversation.item.input_audio_transcription.completed")
    return readUsage(body["usage"]) ?? "unknown";
  if (type !== "response.done") return null;
  const { response } = body;
  return readUsage(isObject(response) ? response["usage"] : null) ?? "unknown";
}

/** Nearly as in a response: its details are spelt otherwise. */
function readUsage(usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const [promptTokens, completionTokens] = [
    readCount(usage["input_tokens"]),
    readCount(usage["output_tokens"]),
  ];
  if (promptTokens === null || completionTokens === null) return null;
  const details = usage["input_token_details"];
  const cachedTokens = isObject(details) ? readCount(details["cached_tokens"]) : null;
  return { promptTokens, completionTokens, cachedTokens };
}
