// The members by which a request of any operation would leave the place that it was permitted for, since routers and
// engines read them wherever they stand. A member stands here only where one of them is known to obey it.
import { valuesNamed } from "../exits.ts";
import type { ExitKind, ExitRule, FoundExit } from "../operation.ts";

/**
 * No rules: `metadata`, which is kept with a stored answer only, so that `store` stands for it; `service_tier` and
 * OpenRouter's `transforms`, which change neither place nor keeping; `prompt_cache_options`, whose one lifetime, 30
 * minutes, is the default of a request without it.
 */
export const steeringExits: readonly ExitRule[] = [
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
];

/** An empty object turns a search on, so that nothing but null and false is harmless. */
export function whenPresent(member: string, does: ExitKind): ExitRule {
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

/** An id in the place of bytes: what was stored at a provider before, wherever that was. */
export function namesStoredFile(value: unknown): boolean {
  return valuesNamed(value, "file_id").some((id) => id !== null);
}

/** All that is neither a data URL (RFC 2397) nor bare base64: any scheme, a share, a file of the engine's machine. */
export function isRemote(address: unknown): boolean {
  return typeof address === "string" && !/^data:/i.test(address) && /[^A-Za-z0-9+/=_\s-]/.test(address);
}
