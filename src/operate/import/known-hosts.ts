// Hosts that other gateways know by a word, and how far this one can call them. From the providers' own documentation.

import { type Address, addressIn } from "./foreign-address.ts";
import type { ImportedEngine } from "./foreign-gateway.ts";
import type { ForeignValue } from "./foreign-mapping.ts";

type KnownHost =
  /** At a base URL without `/v1`; null where each customer has a URL of their own. */
  | { readonly engine: ImportedEngine; readonly url: string | null; readonly reason: null }
  /** Cannot be called by this version. */
  | { readonly reason: string };

type FoundHost =
  | (Address & { readonly engine: ImportedEngine; readonly reason: null })
  | { readonly reason: string };

const ofDialect = (dialect: string): KnownHost => ({
  reason: `it speaks ${dialect}, which no engine of this version does`,
});
const at = (url: string | null, engine: ImportedEngine = "openai-compatible"): KnownHost => ({
  engine,
  url,
  reason: null,
});
const own = at(null);
const azure = at(null, "azure-openai");

/** By the words of LiteLLM, Portkey and Bifrost alike. */
const hosts: Readonly<Record<string, KnownHost>> = {
  openai: at("https://api.openai.com", "openai"),
  mistral: at("https://api.mistral.ai"),
  "mistral-ai": at("https://api.mistral.ai"),
  groq: at("https://api.groq.com/openai"),
  together_ai: at("https://api.together.xyz"),
  "together-ai": at("https://api.together.xyz"),
  deepseek: at("https://api.deepseek.com"),
  fireworks_ai: at("https://api.fireworks.ai/inference"),
  "fireworks-ai": at("https://api.fireworks.ai/inference"),
  openrouter: at("https://openrouter.ai/api"),
  nebius: at("https://api.tokenfactory.nebius.com"),
  ollama: at("http://127.0.0.1:11434"),
  ollama_chat: at("http://127.0.0.1:11434"),
  hosted_vllm: own,
  vllm: own,
  sgl: own,
  openai_like: own,
  lm_studio: own,
  llamafile: own,
  text_completion_openai: own,
  azure,
  "azure-openai": azure,
  anthropic: at("https://api.anthropic.com", "anthropic"),
  bedrock: at(null, "bedrock"),
  sagemaker: ofDialect("Amazon's dialect for models of one's own"),
  vertex_ai: at(null, "vertex"),
  "vertex-ai": at(null, "vertex"),
  vertex: at(null, "vertex"),
  gemini: at("https://generativelanguage.googleapis.com", "gemini"),
  google: at("https://generativelanguage.googleapis.com", "gemini"),
  cohere: at("https://api.cohere.com", "cohere"),
  cohere_chat: at("https://api.cohere.com", "cohere"),
};

/** `written`: the base URL that the file gives, if it gives one. Returns the URL without `/v1`, or why there is none. */
export function hostOf(word: string, written: ForeignValue | null): FoundHost {
  const known = Object.hasOwn(hosts, word) ? hosts[word] : undefined;
  if (known !== undefined && known.reason !== null) return known;
  const url = written ?? valueOf(known?.url ?? null);
  const engine = known?.engine ?? "openai-compatible";
  if (url !== null) {
    const address = addressIn(url, engine);
    if (address === null) return { reason: "its address is no URL: write it with `https://` before it" };
    return { ...address, engine: engineAt(address.url.text, engine), reason: null };
  }
  if (engine === "bedrock")
    return { reason: "the file does not say in which of Amazon's regions it is called" };
  if (engine === "vertex")
    return { reason: "the file does not say in which of Google's locations it is called" };
  return { reason: `nobody here knows where \`${word}\` is called; give its base URL` };
}

/** What stands before a model's name and spreads its calls over a geography. */
const spread = /^(us|eu|jp|au|apac|in|us-gov|global)\./;

interface Door {
  readonly url: ForeignValue;
  /** As the data of its provider calls it. */
  readonly region: ForeignValue;
}

/** Where other gateways call a model of Amazon's in a region: one door, whatever its name; null without a region. */
export function bedrockDoor(region: ForeignValue | null, model: string): Door | null {
  if (region === null) return null;
  // The region is in the address too.
  if (region.variable !== null) return { url: region, region };
  const { text } = region;
  // An ARN ends in the name.
  const name = model.startsWith("arn:") ? model.slice(model.lastIndexOf("/") + 1) : model;
  const scope = spread.exec(name)?.[1] ?? "runtime";
  const url = literal(`https://bedrock-runtime.${text}.amazonaws.com`);
  return { url, region: literal(scope === "global" ? scope : `${text}/${scope}`) };
}

export interface VertexPlace {
  readonly location: ForeignValue | null;
  /** Where none is named it is the key file's. */
  readonly project: ForeignValue | null;
}

/** Google Cloud's door in a location; null without one. */
export function vertexDoor({ location, project }: VertexPlace): Door | null {
  if (location === null) return null;
  // Both are in the address.
  const unwritten = [location, project].find((value) => value !== null && value.variable !== null);
  if (unwritten) return { url: unwritten, region: location };
  const path = project === null ? "" : `/v1/projects/${project.text}`;
  return { url: literal(`https://${vertexHost(location.text)}${path}`), region: location };
}

function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "eu" || location === "us") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}

/** What stands in the file itself, or follows from it. */
export function literal(text: string): ForeignValue {
  return { text, variable: null };
}

function valueOf(text: string | null): ForeignValue | null {
  return text === null ? null : literal(text);
}

/** Others call every server of the dialect by OpenAI's name. */
function engineAt(url: string, engine: ImportedEngine): ImportedEngine {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return engine === "openai" && !host.endsWith(".openai.com") ? "openai-compatible" : engine;
}
