// Why a member of a foreign file is not taken over, and what to do instead.

const tenants = "keys, teams and budgets are tenants here: write them there, see docs/limits.md";
const limits = "limits are those of a tenant, a team or a key here: write them there, see docs/limits.md";
const turns = "nobody is asked next by it: write whom as `order` under `served-by`, see docs/routing.md";
const retries =
  "retries and deadlines are the cell's: write them under `limits` of the cell file, see docs/config.md";
const ledger =
  "every request is in the ledger, and metrics are at `/metrics`: let your tools read them there";
const guards = "there are no guards in this version: keep them before the gateway";
const cache = "answers are kept for a tenant that says so: `response-cache`, see docs/response-cache.md";
const others = "nothing here is known to say the same: do without, or look for it in docs/config.md";

/** By the members' names, in the words of LiteLLM, Portkey and Bifrost alike. */
const reasons: ReadonlyMap<string, string> = new Map(
  [
    [tenants, "general_settings governance budgets virtual_keys teams customers"],
    [limits, "rpm tpm max_parallel_requests max_budget budget_duration provider_budget_config rate_limits"],
    [limits, "concurrency_and_buffer_size"],
    [turns, "default_fallbacks context_window_fallbacks content_policy_fallbacks"],
    [
      retries,
      "num_retries max_retries retry retry_policy retry_after on_status_codes timeout stream_timeout",
    ],
    [retries, "request_timeout default_request_timeout_in_seconds allowed_fails cooldown_time"],
    [ledger, "callbacks success_callback failure_callback service_callback logs_store"],
    [guards, "guardrails input_guardrails output_guardrails before_request_hooks after_request_hooks"],
    [cache, "cache cache_params vector_store"],
    [
      "it is another name of a model: write it under `models`, with the same `served-by`",
      "model_group_alias",
    ],
    ["the order is by `mode`, `order` and `weight` of a model: see docs/routing.md", "routing_strategy"],
    ["nothing is loaded into the gateway: run it before or behind", "plugins mcp"],
  ].flatMap(([reason = "", names = ""]) => names.split(" ").map((name) => [name, reason] as const)),
);

/** `path`: such as `litellm_settings.callbacks`. */
export function reasonFor(path: string): string {
  return reasons.get(path.slice(path.lastIndexOf(".") + 1)) ?? others;
}
