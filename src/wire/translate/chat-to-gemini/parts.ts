// The parts of a turn (ai.google.dev/api/caching, Content and Part).
import { type BlockWords, blocksOf, type Content } from "../from-chat/turns.ts";
import { UntranslatableError } from "../untranslatable.ts";

/**
 * A call's signature comes back with it, or Gemini's newer models refuse the turn; where it was lost, or another model made the
 * call, this stands in its place (ai.google.dev/gemini-api/docs/thought-signatures).
 */
const unsigned = "skip_thought_signature_validator";

/** Owner: one request, since a result names its tool here and only its call in a chat. */
export function geminiParts(): BlockWords {
  const names = new Map<string, string>();
  return {
    text: (text) => ({ text }),
    image: (mimeType, data) => ({ inlineData: { mimeType, data } }),
    remoteImage(_url, path) {
      throw new UntranslatableError(path, "must be a data URL: the model's endpoint fetches no pictures");
    },
    toolUse({ id, name, input, signature }) {
      names.set(id, name);
      return { functionCall: { id, name, args: input }, thoughtSignature: signature ?? unsigned };
    },
    toolResult({ id, content }, path) {
      const name = names.get(id);
      if (name === undefined)
        throw new UntranslatableError(`${path}.tool_call_id`, "must be of a call in an earlier message");
      return { functionResponse: { id, name, response: { output: textOf(content) } } };
    },
  };
}

function textOf(content: Content): string {
  if (typeof content === "string") return content;
  return content.map((part) => ("text" in part ? String(part.text) : "")).join("");
}

/** Of the calls of one turn, the first alone bears a signature, or stands for one. */
export function partsOf(content: Content, words: BlockWords): readonly object[] {
  let hasCall = false;
  return blocksOf(content, words).map((part) => {
    if (!("functionCall" in part)) return part;
    const isFirst = !hasCall;
    hasCall = true;
    const { thoughtSignature, ...call } = part as { readonly thoughtSignature?: unknown };
    return isFirst || thoughtSignature !== unsigned ? part : call;
  });
}
