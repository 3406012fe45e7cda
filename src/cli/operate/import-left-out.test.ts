// What `import` does not take over, it names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { importText } from "../../../test/support/import-text.ts";

/** The paths that are told as left out, in their order. */
async function leftOutOf(kind: string, text: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await importText(kind, text, "--json");
  assert.equal(code, 0, stderr);
  const { leftOut } = JSON.parse(stdout) as { leftOut: readonly { path: string; reason: string }[] };
  for (const { path, reason } of leftOut) assert.match(reason, /[:,;] /, `${path} has a next step`);
  return leftOut.map(({ path }) => path);
}

test("everything of LiteLLM's that is not taken over is told by its path, and nothing twice", async () => {
  const text = `
model_list:
  - model_name: assistant
    litellm_params: { model: openai/gpt-5.2, api_key: os.environ/KEY, rpm: 10, tpm: 1000, api_version: "1", weight: 0 }
    model_info: { id: a, mode: chat }
  - model_name: assistant
    litellm_params: { model: openai/gpt-5.2-mini, api_key: os.environ/KEY }
  - model_name: assistant
    litellm_params: { model: openai/gpt-5.2, api_key: os.environ/KEY, weight: 3 }
  - model_name: backup
    litellm_params: { model: openai/gpt-5.2, api_key: os.environ/KEY }
  - model_name: small
    litellm_params: { model: openai/gpt-5.2-nano, api_key: os.environ/KEY, timeout: 5 }
  - model_name: "*"
    litellm_params: { model: "*", rpm: 1 }
router_settings:
  fallbacks: [{ assistant: [backup] }, { small: [assistant] }]
  default_fallbacks: [assistant]
  context_window_fallbacks: [{ assistant: [small] }]
  model_group_alias: { gpt-4: assistant }
litellm_settings:
  callbacks: [langfuse]
  content_policy_fallbacks: []
  max_budget: 10
  cache: true
general_settings: { master_key: os.environ/MASTER, database_url: x }
`;
  assert.deepEqual(await leftOutOf("litellm", text), [
    "model_list[1]",
    "model_list[2]",
    "model_list[5]",
    "router_settings.fallbacks[1]",
    "model_list[0].litellm_params.rpm",
    "model_list[0].litellm_params.tpm",
    "model_list[0].litellm_params.api_version",
    "model_list[0].litellm_params.weight",
    "model_list[0].model_info",
    "model_list[4].litellm_params.timeout",
    "router_settings.default_fallbacks",
    "router_settings.context_window_fallbacks",
    "router_settings.model_group_alias",
    "litellm_settings.callbacks",
    "litellm_settings.max_budget",
    "litellm_settings.cache",
    "general_settings",
  ]);
  const { stderr } = await importText("litellm", text);
  assert.match(
    stderr,
    /model_list\[1\]: `assistant` is `gpt-5\.2` at the same endpoint already: give `gpt-5\.2-mini`/,
  );
});

test("everything of Portkey's that is not taken over is told by its path", async () => {
  const left = await leftOutOf(
    "portkey",
    JSON.stringify({
      strategy: { mode: "fallback", on_status_codes: [429] },
      retry: { attempts: 3 },
      cache: { mode: "simple" },
      input_guardrails: ["pii"],
      targets: [
        {
          name: "first",
          provider: "openai",
          api_key: "k",
          override_params: { model: "a", temperature: 0 },
          after_request_hooks: [{ id: "x" }],
        },
        { provider: "openai", api_key: "k", override_params: { model: "b" } },
      ],
    }),
  );
  assert.deepEqual(left, [
    "targets[1]",
    "strategy.on_status_codes",
    "retry",
    "cache",
    "input_guardrails",
    "targets[0].override_params.temperature",
    "targets[0].after_request_hooks",
  ]);
});

test("everything of Bifrost's that is not taken over is told by its path, with keys for every model", async () => {
  const left = await leftOutOf(
    "bifrost",
    JSON.stringify({
      client: { drop_excess_requests: true },
      providers: {
        openai: {
          keys: [
            { id: "1", name: "main", value: "env.A", models: ["m", "gpt-*"], weight: 1 },
            { value: "env.B", models: ["*"] },
            { value: "env.C", models: [] },
          ],
          network_config: { base_url: "http://a.internal/v1", default_request_timeout_in_seconds: 30 },
        },
        ollama: { network_config: { base_url: "http://b.internal" } },
      },
      governance: { virtual_keys: [{ id: "x" }] },
      plugins: [{ name: "semantic_cache" }],
      mcp: null,
    }),
  );
  assert.deepEqual(left, [
    "providers.openai.keys[0].models",
    "providers.openai.keys[1]",
    "providers.openai.keys[2]",
    "providers.ollama",
    "client",
    "providers.openai.network_config.default_request_timeout_in_seconds",
    "governance",
    "plugins",
  ]);
});
