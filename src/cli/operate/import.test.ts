import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { command } from "../../../test/support/command.ts";
import { importText } from "../../../test/support/import-text.ts";

const liteLlm = `
model_list:
  - model_name: assistant
    litellm_params: { model: azure/my-gpt, api_base: "https://acme.openai.azure.com/", api_key: os.environ/AZURE_KEY, api_version: "2025-01-01" }
  - model_name: assistant
    litellm_params: { model: hosted_vllm/llama-3.3-70b, api_base: "http://fra-1.internal:8000/v1" }
  - model_name: backup
    litellm_params: { model: openai/gpt-5.2, api_base: "https://eu.api.openai.com/v1", api_key: sk-secret-of-the-file }
  - model_name: own
    litellm_params: { model: openai/llama, api_base: "http://fra-2.internal:8000/v1" }
  - model_name: haiku
    litellm_params: { model: claude-haiku-4-5, api_key: os.environ/ANTHROPIC_KEY }
  - model_name: haiku
    litellm_params: { model: bedrock/eu.anthropic.claude-haiku-4-5, aws_region_name: eu-central-1, aws_access_key_id: AKIASECRETOFTHEFILE, aws_secret_access_key: sk-secret-of-the-file }
  - model_name: nova
    litellm_params: { model: bedrock/amazon.nova-pro-v1:0, aws_region_name: eu-north-1 }
  - model_name: gemini
    litellm_params: { model: gemini/gemini-3-pro, api_key: os.environ/GEMINI_KEY }
  - model_name: vertex
    litellm_params: { model: vertex_ai/gemini-3-pro, vertex_project: acme-ai, vertex_location: europe-west3, vertex_credentials: /secret-of-the-file.json }
  - model_name: vertex-claude
    litellm_params: { model: vertex_ai/claude-opus-5-5, vertex_project: acme-ai, vertex_location: eu }
  - model_name: command
    litellm_params: { model: sagemaker/command-a }
  - model_name: "openai/*"
    litellm_params: { model: "openai/*" }
  - model_name: command
    litellm_params: { model: cohere/command-a, api_key: os.environ/COHERE_KEY }
router_settings: { fallbacks: [{ assistant: [backup, none-such] }] }
general_settings: { master_key: sk-secret-of-the-file }
`;

test("a configuration of LiteLLM becomes a policy in which each place that nobody said is named by `check`", async () => {
  const { code, stderr, stdout, policy, text } = await importText("litellm", liteLlm);
  assert.equal(code, 0, stderr);
  assert.match(
    text,
    /azure: \{ cell: eu-frankfurt, engine: azure-openai, provider: azure-openai, region: "\?", url: "https:\/\/acme/,
  );
  assert.match(text, /query: \{ api-version: "2025-01-01" \}, key: "\$\{env:AZURE_KEY\}"/);
  assert.match(text, /anthropic: \{ .*engine: anthropic, provider: anthropic, region: "\?", support: "\?"/);
  assert.match(
    text,
    /bedrock: \{ .*engine: bedrock, provider: bedrock, region: eu-central-1\/eu, url: "https:\/\/bedrock-runtime\.eu-central-1\.amazonaws\.com"/,
  );
  assert.match(text, /openai-2: \{ .*engine: openai-compatible, url: "http:\/\/fra-2\.internal:8000"/);
  assert.match(
    text,
    /bedrock-2: \{ .*engine: bedrock, provider: bedrock, region: eu-north-1\/runtime, support:/,
  );
  assert.match(
    text,
    /hosted-vllm: \{ .*url: "http:\/\/fra-1\.internal:8000", operator: "\?", place: "\?" \}/,
  );
  assert.match(
    text,
    /openai: \{ .*engine: openai, provider: openai, region: eu, support: "\?", key: "\$\{env:OPENAI_KEY\}" \}/,
  );
  assert.match(
    text,
    /gemini: \{ .*engine: gemini, provider: gemini, region: global, support: "\?", key: "\$\{env:GEMINI_KEY\}" \}/,
  );
  assert.match(
    text,
    /vertex-ai: \{ .*engine: vertex, provider: vertex, region: europe-west3, url: "https:\/\/europe-west3-aiplatform\.googleapis\.com\/v1\/projects\/acme-ai", support: "\?", key: "\$\{env:VERTEX_AI_KEY\}" \}/,
  );
  assert.match(
    text,
    /vertex-ai-2: \{ .*region: eu, url: "https:\/\/aiplatform\.eu\.rep\.googleapis\.com\/v1\/projects\/acme-ai", support: "\?" \}/,
  );
  assert.match(
    text,
    /cohere: \{ .*engine: cohere, provider: cohere, region: global, support: "\?", key: "\$\{env:COHERE_KEY\}" \}/,
  );
  assert.match(text, /openai: \{ model: "gpt-5\.2", order: 2 \}/);
  for (const left of [
    /model_list\[10\]: it speaks Amazon's dialect for models of one's own/,
    /model_list\[11\]: a wildcard/,
    /no model `none-such`/,
    /general_settings: keys, teams/,
  ])
    assert.match(stderr, left);
  const checked = await command("check", policy);
  assert.equal(checked.code, 1);
  for (const path of [
    "azure.region",
    "azure.support",
    "anthropic.region",
    "hosted-vllm.place",
    "hosted-vllm.operator",
    "openai.support",
  ])
    assert.match(checked.stderr + checked.stdout, new RegExp(`endpoints\\.${path}`), path);
  assert.match(stdout, /say what stands as `"\?"`, 15 times/);
});

test("no secret of the foreign file is in the policy, nor in what is printed", async () => {
  const { stdout, stderr, text } = await importText("litellm", liteLlm);
  assert.doesNotMatch(stdout + stderr + text, /secret-?of-?the-?file/i);
});

test("once somebody has said what was unknown, the policy passes `check`", async () => {
  const { policy, text } = await importText("litellm", liteLlm);
  const known = text
    .replace(
      'provider: azure-openai, region: "?"',
      "provider: azure-openai, region: germanywestcentral/standard",
    )
    .replace('provider: anthropic, region: "?"', "provider: anthropic, region: us")
    // Of whose provider no place is known.
    .replace(
      'provider: gemini, region: global, support: "?"',
      'url: "https://generativelanguage.googleapis.com", operator: acme, place: DE',
    )
    .replace(
      'provider: cohere, region: global, support: "?"',
      'url: "https://api.cohere.com", operator: acme, place: DE',
    )
    .replaceAll('support: "?"', "support: DE")
    .replaceAll('operator: "?", place: "?"', "operator: acme, place: DE");
  writeFileSync(policy, known);
  const { code, stdout, stderr } = await command("check", policy);
  assert.equal(code, 0, stdout + stderr);
});

test("targets of Portkey keep their turns and shares", async () => {
  const config = {
    strategy: { mode: "fallback" },
    targets: [
      {
        strategy: { mode: "loadbalance" },
        targets: [
          {
            provider: "openai",
            custom_host: "http://a.internal/v1",
            weight: 0.7,
            override_params: { model: "m-1" },
          },
          {
            provider: "openai",
            custom_host: "http://b.internal/v1",
            weight: 0.3,
            override_params: { model: "m-1" },
          },
        ],
      },
      { virtual_key: "kept-at-portkey" },
      { provider: "mistral-ai", api_key: "sk-secret", override_params: { model: "mistral-large" } },
    ],
  };
  const { code, text, stderr } = await importText("portkey", JSON.stringify(config));
  assert.equal(code, 0, stderr);
  assert.match(text, /openai: \{ model: "m-1", weight: 7 \}\n +openai-2: \{ model: "m-1", weight: 3 \}/);
  assert.match(text, /mistral-ai: \{ model: "mistral-large", order: [23], weight: 10 \}/);
  assert.match(text, /mistral-ai: \{ .*provider: mistral, region: global/);
  assert.match(stderr, /targets\[1\]: a virtual key/);
});

test("shares of an alias stand to each other as they did, whole numbers or not", async () => {
  for (const [weights, shares] of [
    [
      [1, 0.25],
      [100, 25],
    ],
    [
      [3, 1],
      [3, 1],
    ],
    [
      [0.125, undefined],
      [125, 1000],
    ],
    [
      [5000, 2500],
      [1000, 500],
    ],
    [
      [1 / 3, 2 / 3],
      [500, 1000],
    ],
  ] as const) {
    const targets = weights.map((weight, at) => ({
      provider: "openai",
      custom_host: `http://${at}.internal`,
      weight,
      override_params: { model: "m" },
    }));
    const config = { strategy: { mode: "loadbalance" }, targets };
    const { text } = await importText("portkey", JSON.stringify(config));
    assert.deepEqual(
      Array.from(text.matchAll(/weight: (\d+)/g), ([, share]) => Number(share)),
      shares,
    );
  }
});

test("keys of Bifrost become endpoints, and its names of models aliases", async () => {
  const config = {
    providers: {
      openai: { keys: [{ value: "env.OPENAI_API_KEY", models: ["gpt-5.2"], weight: 1 }] },
      azure: {
        keys: [
          {
            value: "env.AZURE_API_KEY",
            models: ["gpt-5.2"],
            azure_key_config: {
              endpoint: "https://acme.openai.azure.com",
              deployments: { "gpt-5.2": "prod" },
            },
          },
        ],
      },
      bedrock: { keys: [{ models: ["claude"] }] },
    },
  };
  const { code, text, stderr } = await importText("bifrost", JSON.stringify(config));
  assert.equal(code, 0, stderr);
  assert.match(text, /"openai\/gpt-5\.2":\n +served-by:\n +openai: \{ model: "gpt-5\.2", weight: 1 \}/);
  assert.match(
    text,
    /azure: \{ .*engine: azure-openai, .*url: "https:\/\/acme\.openai\.azure\.com"[^]*azure: \{ model: "prod"|azure: "prod"/,
  );
  assert.match(
    stderr,
    /providers\.bedrock\.keys\[0\]: the file does not say in which of Amazon's regions it is called/,
  );
});

test("an address, a region or a version in a variable of the environment is for a person to write, and `check` asks for it", async () => {
  const { code, stderr, policy, text } = await importText(
    "litellm",
    `
model_list:
  - model_name: own
    litellm_params: { model: hosted_vllm/llama, api_base: os.environ/VLLM_URL }
  - model_name: own
    litellm_params: { model: hosted_vllm/llama, api_base: os.environ/OTHER_URL }
  - model_name: gpt
    litellm_params: { model: azure/gpt, api_base: "https://acme.openai.azure.com", api_key: os.environ/AZURE_KEY, api_version: os.environ/VERSION }
  - model_name: claude
    litellm_params: { model: bedrock/eu.anthropic.claude, aws_region_name: os.environ/AWS_REGION, aws_access_key_id: os.environ/AWS_KEY, aws_secret_access_key: os.environ/AWS_SECRET }
  - model_name: which
    litellm_params: { model: os.environ/MODEL, api_base: "http://a.internal" }
`,
  );
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(text, /os\.environ/);
  assert.match(
    text,
    /# its address came from the variable VLLM_URL: write it here\n.*\n +hosted-vllm: \{ .*url: "\?", operator: "\?", place: "\?" \}/,
  );
  assert.match(text, /OTHER_URL: write it here\n.*\n +hosted-vllm-2: /);
  assert.match(text, /azure: \{ .*query: "\?", key: "\$\{env:AZURE_KEY\}" \}/);
  assert.match(
    text,
    /its region came from the variable AWS_REGION: write it here\n.*\n +bedrock: \{ .*provider: bedrock, region: "\?", url: "\?", support: "\?"/,
  );
  assert.doesNotMatch(text, /stood in the file/);
  assert.match(stderr, /model_list\[4\]: its model is in the variable MODEL/);
  const checked = await command("check", policy);
  assert.equal(checked.code, 1);
  for (const path of ["hosted-vllm.url", "hosted-vllm-2.url", "azure.query", "bedrock.url"])
    assert.match(checked.stderr + checked.stdout, new RegExp(`endpoints\\.${path}`), path);
});

test("a model that Portkey's callers name is asked for by `check`, like all that nobody said", async () => {
  const { policy, text } = await importText(
    "portkey",
    '{"provider":"openai","custom_host":"http://a.internal/v1"}',
  );
  writeFileSync(policy, text.replace('operator: "?", place: "?"', "operator: acme, place: DE"));
  const { code, stderr, stdout } = await command("check", policy);
  assert.equal(code, 1);
  assert.match(stderr + stdout, /models\.assistant\.served-by\.openai: .*\n.*nobody has said it yet/);
});

test("what Bifrost takes from the environment is for a person to write, too", async () => {
  const config = {
    providers: {
      azure: {
        keys: [
          {
            value: "env.KEY",
            models: ["a", "b"],
            azure_key_config: { endpoint: "env.AZURE_URL", deployments: { b: "env.DEPLOYMENT" } },
          },
        ],
      },
    },
  };
  const { code, text, stderr } = await importText("bifrost", JSON.stringify(config));
  assert.equal(code, 0, stderr);
  assert.match(
    text,
    /AZURE_URL: write it here\n.*\n +azure: \{ .*provider: azure-openai, region: "\?", url: "\?"/,
  );
  assert.match(stderr, /deployments\.b: its model is in the variable DEPLOYMENT/);
});

for (const [kind, config] of [
  [
    "portkey",
    {
      provider: "vertex-ai",
      vertex_region: "global",
      vertex_project_id: "acme-ai",
      vertex_service_account_json: { private_key: "secret-of-the-file" },
      override_params: { model: "gemini-3-pro" },
    },
  ],
  [
    "bifrost",
    {
      providers: {
        vertex: {
          keys: [
            {
              models: ["gemini-3-pro"],
              vertex_key_config: {
                region: "global",
                project_id: "acme-ai",
                auth_credentials: "secret-of-the-file",
              },
            },
          ],
        },
      },
    },
  ],
] as const) {
  test(`Vertex in a configuration of ${kind} keeps its location and its project, and not its key`, async () => {
    const { code, text, stderr } = await importText(kind, JSON.stringify(config));
    assert.equal(code, 0, stderr);
    assert.match(
      text,
      /engine: vertex, provider: vertex, region: global, url: "https:\/\/aiplatform\.googleapis\.com\/v1\/projects\/acme-ai", support: "\?", key: "\$\{env:VERTEX(?:_AI)?_KEY\}"/,
    );
    assert.match(text, /# its key is the text of a service account's key file/);
    assert.doesNotMatch(text + stderr, /secret-of-the-file/);
  });
}

test("a Vertex whose location the file does not say is left out", async () => {
  const text = "model_list: [{ model_name: g, litellm_params: { model: vertex_ai/gemini-3-pro } }]";
  const { code, stderr } = await importText("litellm", text);
  assert.equal(code, 2);
  assert.match(stderr, /does not say in which of Google's locations it is called/);
});

for (const { title, kind, text, says } of [
  {
    title: "another gateway's file",
    kind: "litellm",
    text: "providers: {}",
    says: /no configuration of litellm: `model_list`: expected a list/,
  },
  { title: "no YAML", kind: "bifrost", text: "{ a: [", says: /neither YAML nor JSON/ },
  {
    title: "a file of which nothing can be taken",
    kind: "bifrost",
    text: '{"providers":{"sagemaker":{"keys":[{"models":["c"]}]}}}',
    says: /no model in it can be taken over[^]*Amazon's dialect/,
  },
  { title: "text", kind: "portkey", text: "hello", says: /`the file`: expected a mapping/ },
]) {
  test(`${title} is unusable input, and no policy is written: exit 2`, async () => {
    const { code, stderr, text: written } = await importText(kind, text);
    assert.deepEqual([code, written], [2, ""]);
    assert.match(stderr, says);
  });
}
