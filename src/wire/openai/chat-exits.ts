// The members of a chat completion by which a request would leave the place that it was permitted for. All other
// members are the engine's and pass; a member stands here only where an engine is known to obey it.
import { valuesNamed } from "../exits.ts";
import { isObject } from "../../base/index.ts";
import { isNamed } from "../member-name.ts";
import type { ExitKind, ExitRule, FoundExit } from "../operation.ts";

/**
 * No rules: `metadata`, which is kept with a stored answer only, so that `store` stands for it; `service_tier` and
 * OpenRouter's `transforms`, which change neither place nor keeping; `prompt_cache_options`, whose one lifetime, 30
 * minutes, is the default of a request without it.
 */
export const chatExits: readonly ExitRule[] = [
  // OpenAI keeps the answer for evals and distillation, and outside the US refuses it
  // (developers.openai.com/api/docs/guides/data-residency).
  whenPresent("store", "keeps"),
  // "24h" is OpenAI's extended caching, which may leave a region that stores only (ibid.).
  { member: "prompt_cache_retention", does: "keeps", find: findExtendedCaching },
  // OpenRouter's choice of providers and of models to fall back to (openrouter.ai/docs: provider and model routing).
  whenPresent("provider", "chooses"),
  whenPresent("models", "chooses"),
  whenPresent("route", "chooses"),
  // A choice of all of these that was saved before (openrouter.ai/docs/guides/features/presets).
  whenPresent("preset", "chooses"),
  // Vercel's choice of providers and of models to fall back to; in lower case, as every name here.
  whenPresent("provideroptions", "chooses"),
  // A list of models or providers, obeyed by LiteLLM (BerriAI/litellm#25276) and Portkey.
  whenPresent("fallbacks", "chooses"),
  // LiteLLM's lists for what is too long or is refused, and its whole table of models (docs.litellm.ai: reliability, clientside auth).
  whenPresent("context_window_fallbacks", "chooses"),
  whenPresent("content_policy_fallbacks", "chooses"),
  whenPresent("user_config", "chooses"),
  // LiteLLM writes its members into the request that it sends on: any of the others may be inside.
  whenPresent("extra_body", "chooses"),
  // Anthropic's `us` or `global` (platform.claude.com/docs/en/manage-claude/data-residency).
  whenPresent("inference_geo", "chooses"),
  // A search sends words of the prompt to whoever answers it.
  whenPresent("web_search_options", "moves"),
  // OpenRouter's web search and readers of documents (openrouter.ai/docs/guides/features/plugins).
  whenPresent("plugins", "moves"),
  // xAI's and Alibaba's searches, which models do by themselves where these say so.
  whenPresent("search_parameters", "moves"),
  whenPresent("enable_search", "moves"),
  // Azure asks a search service that the request names (learn.microsoft.com: On Your Data).
  whenPresent("data_sources", "moves"),
  // LiteLLM calls the server that the request names, where its operator lets callers bring keys of their own.
  whenPresent("api_base", "moves"),
  whenPresent("base_url", "moves"),
  // vLLM and SGLang fetch what another machine has computed of a prompt, or leave it there (disaggregated prefill).
  whenPresent("kv_transfer_params", "moves"),
  whenPresent("bootstrap_host", "moves"),
  { member: "tools", does: "moves", find: findHostedTool },
  // An engine fetches from any address, redirects included (vllm-project/vllm#57157, sgl-project/sglang#17269).
  { member: "messages", does: "moves", find: findRemoteMedia },
];

/** An empty object turns a search on, so that nothing but null and false is harmless. */
function whenPresent(member: string, does: ExitKind): ExitRule {
  return {
    member,
    does,
    find: (value) => (value === null || value === false ? [] : [{ path: "", name: member }]),
  };
}

function findExtendedCaching(value: unknown): readonly FoundExit[] {
  const isInMemory = value === null || value === "in_memory" || value === "in-memory";
  return isInMemory ? [] : [{ path: "", name: "prompt_cache_retention" }];
}

/** Tools that the caller runs itself; a provider runs all others, each in a place of its own. */
const callersTools: readonly unknown[] = ["function", "custom"];

function findHostedTool(tools: unknown): readonly FoundExit[] {
  const path = hostedToolPath(tools);
  return path === null ? [] : [{ path, name: "tools" }];
}

function hostedToolPath(tools: unknown): string | null {
  if (tools === null) return null;
  if (!Array.isArray(tools)) return "";
  for (const [index, tool] of tools.entries()) {
    const types = valuesNamed(tool, "type");
    if (!types.every((type) => callersTools.includes(type))) return `[${index}].type`;
    // Lenient engines take a function without a type; others name a hosted tool by its member alone.
    if (types.length === 0 && !valuesNamed(tool, "function").some(isObject)) return `[${index}]`;
  }
  return null;
}

/** The members of a part of a message that hold media, with the member inside that holds its address or its bytes. */
const mediaMembers = [
  { member: "image_url", inner: "url" },
  { member: "video_url", inner: "url" },
  { member: "audio_url", inner: "url" },
  { member: "input_audio", inner: "data" },
  { member: "file", inner: "file_data" },
  // Mistral's and Alibaba's; the latter is a list of pictures too.
  { member: "document_url", inner: "url" },
  { member: "video", inner: "url" },
] as const;

/** The first of each medium: a policy that allows remote images has not allowed remote files. */
function findRemoteMedia(messages: unknown): readonly FoundExit[] {
  const found = new Map<string, FoundExit>();
  if (!Array.isArray(messages)) return [];
  for (const [index, message] of messages.entries()) {
    for (const content of valuesNamed(message, "content")) {
      for (const { path, name } of findRemoteParts(content)) {
        if (!found.has(name)) found.set(name, { path: `[${index}].content${path}`, name });
      }
    }
  }
  return Array.from(found.values());
}

function findRemoteParts(content: unknown): readonly FoundExit[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown, index) =>
    findRemoteAddresses(part).map(({ path, name }) => ({ path: `[${index}]${path}`, name })),
  );
}

/** vLLM takes the address without the object around it, too. */
function findRemoteAddresses(part: unknown): readonly FoundExit[] {
  if (!isObject(part)) return [];
  return Object.entries(part).flatMap(([key, value]): readonly FoundExit[] => {
    const media = mediaMembers.find(({ member }) => isNamed(key, member));
    if (!media) return [];
    const { member: name, inner } = media;
    if ([value].flat().some(isRemote)) return [{ path: `.${name}`, name }];
    return valuesNamed(value, inner).some(isRemote) ? [{ path: `.${name}.${inner}`, name }] : [];
  });
}

/** All that is neither a data URL (RFC 2397) nor bare base64: any scheme, a share, a file of the engine's machine. */
function isRemote(address: unknown): boolean {
  return typeof address === "string" && !/^data:/i.test(address) && /[^A-Za-z0-9+/=_\s-]/.test(address);
}
