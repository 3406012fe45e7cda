// Hosts that other gateways know by a word, and how far this one can call them. From the providers' own documentation.

export type KnownHost =
  /** Speaks OpenAI's dialect, at a base URL without `/v1`; null where each customer has a URL of their own. */
  | { readonly url: string | null; readonly reason: null }
  /** Cannot be called by this version. */
  | { readonly url: null; readonly reason: string };

const ofDialect = (dialect: string): KnownHost => ({
  url: null,
  reason: `it speaks ${dialect}, which no engine of this version does`,
});
const at = (url: string): KnownHost => ({ url, reason: null });
const own: KnownHost = { url: null, reason: null };

/** By the words of LiteLLM, Portkey and Bifrost alike. */
const hosts: Readonly<Record<string, KnownHost>> = {
  openai: at("https://api.openai.com"),
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
  anthropic: {
    url: null,
    reason:
      "clients of such a gateway ask for chats, and engine `anthropic` answers messages; write its endpoint by hand",
  },
  bedrock: ofDialect("Amazon's dialect"),
  sagemaker: ofDialect("Amazon's dialect"),
  vertex_ai: ofDialect("Google's dialect"),
  "vertex-ai": ofDialect("Google's dialect"),
  vertex: ofDialect("Google's dialect"),
  gemini: ofDialect("Google's dialect"),
  google: ofDialect("Google's dialect"),
  cohere: ofDialect("Cohere's dialect"),
  cohere_chat: ofDialect("Cohere's dialect"),
};

/** `written`: the base URL that the file gives, if it gives one. Returns the URL without `/v1`, or why there is none. */
export function hostOf(word: string, written: string | null): KnownHost {
  const known = Object.hasOwn(hosts, word) ? hosts[word] : undefined;
  if (known?.reason) return known;
  const url = written ?? known?.url ?? null;
  if (url !== null) return { url: withoutVersion(url), reason: null };
  return { url: null, reason: `nobody here knows where \`${word}\` is called; give its base URL` };
}

function withoutVersion(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/v1$/, "");
}
