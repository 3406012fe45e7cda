/**
 * Members of a request by which it would leave the place that it was permitted for, as a model may allow them: for media,
 * the member inside a message. The wire room finds them; `src/gateway/stages/refuse-exits.test.ts` holds both lists together.
 */
export const exitNames = [
  "store",
  "prompt_cache_retention",
  "response_format",
  "provider",
  "models",
  "route",
  "preset",
  "provideroptions",
  "fallbacks",
  "context_window_fallbacks",
  "content_policy_fallbacks",
  "user_config",
  "extra_body",
  "inference_geo",
  "web_search_options",
  "plugins",
  "search_parameters",
  "enable_search",
  "data_sources",
  "api_base",
  "base_url",
  "kv_transfer_params",
  "bootstrap_host",
  "previous_response_id",
  "conversation",
  "background",
  "prompt",
  "item_reference",
  "tracing",
  "transcription",
  "mcp_servers",
  "container",
  "service_tier",
  "tools",
  "image_url",
  "video_url",
  "audio_url",
  "input_audio",
  "file",
  "document_url",
  "video",
] as const;

export type ExitName = (typeof exitNames)[number];

/** Those that name what an endpoint has kept, and no answer of its tells the name: so nobody here knows which endpoint it is. */
export const boundExits: readonly ExitName[] = ["conversation"];

/** Those by which an engine keeps what it was sent. */
export const keepingExits: readonly ExitName[] = [
  "store",
  "prompt_cache_retention",
  "response_format",
  "container",
  "conversation",
  "background",
  "tracing",
];
