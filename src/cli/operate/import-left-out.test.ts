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
    litellm_params: { model: openai/gpt-5.2, api_key: os.environ/KEY, rpm: 10, tpm: 1000, api_version: "1", weight: much }
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

test("what has no share is left out as a whole, and told, since it was asked for nothing", async () => {
  const litellm = `
model_list:
  - { model_name: assistant, litellm_params: { model: openai/gpt-a, api_key: os.environ/ONE, weight: 0, rpm: 1 } }
  - { model_name: assistant, litellm_params: { model: openai/gpt-b, api_key: os.environ/TWO } }
`;
  const shares = Object.entries({ "env.ONE": 0, "env.TWO": 1 });
  const targets = shares.map(([key, weight]) => ({ provider: "openai", api_key: key, weight }));
  const keys = shares.map(([value, weight]) => ({ value, weight, models: ["gpt-b"] }));
  for (const [kind, text, path] of [
    ["litellm", litellm, "model_list[0]"],
    ["portkey", JSON.stringify({ strategy: { mode: "loadbalance" }, targets }), "targets[0]"],
    ["bifrost", JSON.stringify({ providers: { openai: { keys } } }), "providers.openai.keys[0]"],
  ] as const) {
    assert.deepEqual(await leftOutOf(kind, text), [path]);
    const { text: policy } = await importText(kind, text);
    assert.ok(policy.includes("env:TWO") && !policy.includes("env:ONE"), policy);
  }
  const fallback = JSON.stringify({ strategy: { mode: "fallback" }, targets });
  assert.deepEqual(
    await leftOutOf("portkey", fallback),
    ["targets[0].weight"],
    "who has turns needs no share",
  );
});

test("words before a model's name are LiteLLM's own: those that this version knows are no part of it, and others are told", async () => {
  const entries = [
    "bedrock/converse/us.anthropic.claude-x-v1:0, aws_region_name: us-east-1",
    "bedrock/eu-west-1/anthropic.claude-v2",
    "bedrock/invoke/eu-north-1/amazon.nova-pro-v1:0, aws_region_name: eu-north-1",
    "bedrock/arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-y",
    "bedrock/eu-west-3/anthropic.claude-v2, aws_region_name: us-east-1",
    "bedrock/llama/arn:aws:bedrock:us-east-1:1:imported-model/x, aws_region_name: us-east-1",
    "bedrock/us-west-2/1-month-commitment/anthropic.claude-v1",
    "vertex_ai/meta/llama-4, vertex_location: us-central1",
    "vertex_ai/1234567890, vertex_location: us-central1",
    "azure/o_series/my-o, api_base: 'https://x.openai.azure.com/openai/deployments/my-o/chat/completions?api-version=2024-10-21'",
    "azure/other, api_base: 'https://x.openai.azure.com/openai/deployments/dep'",
    "openai/responses/gpt-x, api_key: os.environ/K",
    "some/model, custom_llm_provider: hosted_vllm, api_base: 'http://a.internal:8000/v1/chat/completions'",
    "hosted_vllm/m, api_base: 'a.internal:8000/v1'",
  ];
  const rows = entries.map((entry, at) => `  - { model_name: m-${at}, litellm_params: { model: ${entry} } }`);
  const { text, stderr } = await importText("litellm", ["model_list:", ...rows].join("\n"));
  const named = text.matchAll(/"m-(\d+)":\n +served-by:\n +([a-z0-9-]+): "(.*)"/g);
  const models = Array.from(named, ([, at, endpoint = "", model]) => {
    const [, written = ""] = new RegExp(`^  ${endpoint}: \\{(.*)\\}$`, "m").exec(text) ?? [];
    return [Number(at), model, /region: ([^,]+)/.exec(written)?.[1], /url: "(.*?)"/.exec(written)?.[1]];
  });
  assert.deepEqual(models, [
    [0, "us.anthropic.claude-x-v1:0", "us-east-1/us", "https://bedrock-runtime.us-east-1.amazonaws.com"],
    [1, "anthropic.claude-v2", "eu-west-1/runtime", undefined],
    [2, "amazon.nova-pro-v1:0", "eu-north-1/runtime", undefined],
    [
      3,
      "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-y",
      "eu-central-1/eu",
      "https://bedrock-runtime.eu-central-1.amazonaws.com",
    ],
    [9, "my-o", '"?"', "https://x.openai.azure.com"],
    [11, "gpt-x", "global", undefined],
    [12, "some/model", undefined, "http://a.internal:8000"],
  ]);
  assert.match(text, /query: \{ api-version: "2024-10-21" \}/);
  for (const left of [
    /model_list\[4\]: its model's name says eu-west-3, and/,
    /model_list\[5\]: `llama\/` before its name/,
    /model_list\[6\]: `1-month-commitment\/` before its name/,
    /model_list\[7\]: .*another maker's/,
    /model_list\[8\]: .*another maker's/,
    /model_list\[10\]: its address names the deployment `dep`/,
    /model_list\[13\]: its address is no URL/,
  ])
    assert.match(stderr, left);
});

test("a user and a query of an address are no part of the policy, and are told", async () => {
  const address = "https://user:hunter2@llm.example/v1?api_key=sk-hunter2#hunter2";
  for (const [kind, config, path] of [
    [
      "litellm",
      { model_list: [{ model_name: "c", litellm_params: { model: "openai/gpt", api_base: address } }] },
      "model_list[0].litellm_params.api_base",
    ],
    [
      "portkey",
      { targets: [{ provider: "openai", custom_host: address, override_params: { model: "m" } }] },
      "targets[0]",
    ],
    [
      "bifrost",
      {
        providers: {
          openai: { keys: [{ value: "env.A", models: ["m", "n"] }], network_config: { base_url: address } },
        },
      },
      "providers.openai.keys[0]",
    ],
  ] as const) {
    const { stdout, stderr, text } = await importText(kind, JSON.stringify(config), "--json");
    assert.match(
      text,
      /# its address had a user or a query, which is left out[^]*url: "https:\/\/llm\.example"/,
    );
    const { leftOut } = JSON.parse(stdout) as { leftOut: readonly { path: string }[] };
    assert.deepEqual(
      leftOut.map((left) => left.path),
      [path],
    );
    assert.doesNotMatch(stdout + stderr + text, /hunter2/);
  }
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
