// How LiteLLM names a model: words of its own stand before the name, which is all that an engine knows.
import { fail, ok, type Result } from "../../base/index.ts";

export interface LiteLlmModel {
  /** LiteLLM's word for whom it calls. */
  readonly word: string;
  /** As the engine knows it. */
  readonly model: string;
  /** Amazon's, where the path or the ARN says it. */
  readonly region: string | null;
}

/** `provider`: as `custom_llm_provider` says it. The error says why nobody here can tell what is called. */
export function readLiteLlmModel(text: string, provider: string | null): Result<LiteLlmModel, string> {
  const { word, rest } = splitWord(text, provider);
  if (word === "bedrock") return ofAmazon(rest);
  const model = withoutRoute(word, rest);
  if (word === "azure" && model.includes("/")) return fail(unknownWord(model));
  if (word === "vertex_ai" && /\/|^\d+$/.test(model))
    return fail(
      "it is a model of one's own or of another maker's: engine `vertex` asks Google's and Anthropic's",
    );
  return ok({ word, model, region: null });
}

/** Without a word before it, LiteLLM takes what it knows for OpenAI's. */
function splitWord(text: string, provider: string | null): { readonly word: string; readonly rest: string } {
  if (provider !== null)
    return { word: provider, rest: text.startsWith(`${provider}/`) ? text.slice(provider.length + 1) : text };
  const slash = text.indexOf("/");
  if (slash > 0) return { word: text.slice(0, slash), rest: text.slice(slash + 1) };
  return { word: text.startsWith("claude") ? "anthropic" : "openai", rest: text };
}

/** Words by which LiteLLM itself is told how to ask. */
const routes: Readonly<Record<string, RegExp>> = {
  openai: /^responses\//,
  azure: /^(?:responses|o_series|gpt5_series)\//,
  bedrock: /^(?:converse|invoke)\//,
};

function withoutRoute(word: string, path: string): string {
  const route = Object.hasOwn(routes, word) ? routes[word] : undefined;
  return route === undefined ? path : path.replace(route, "");
}

/** `[converse/][eu-west-1/]<name or ARN>`; other words stand for what is no model of Amazon's own, or is asked otherwise. */
function ofAmazon(path: string): Result<LiteLlmModel, string> {
  const [, inPath, model = ""] =
    /^(?:([a-z]{2}(?:-[a-z]+)+-\d)\/)?(.*)$/s.exec(withoutRoute("bedrock", path)) ?? [];
  const isArn = model.startsWith("arn:");
  if (!isArn && model.includes("/")) return fail(unknownWord(model));
  const inArn = isArn ? model.split(":")[3] : undefined;
  return ok({ word: "bedrock", model, region: inPath ?? (inArn || null) });
}

function unknownWord(model: string): string {
  const word = model.slice(0, model.indexOf("/"));
  return `\`${word}/\` before its name is a word of LiteLLM's that has no counterpart here: see docs/providers.md for what is called, and name the model`;
}
