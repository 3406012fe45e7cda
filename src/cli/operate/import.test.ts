import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { command, type CommandResult } from "../../../test/support/command.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

interface Imported extends CommandResult {
  readonly policy: string;
  /** Empty where none was written. */
  readonly text: string;
}

async function importText(kind: string, text: string, ...flags: readonly string[]): Promise<Imported> {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-import-"));
  folders.push(folder);
  const [file, policy] = [join(folder, "foreign"), join(folder, "policy.yaml")];
  writeFileSync(file, text);
  const result = await command("import", kind, file, "--out", policy, ...flags);
  return { ...result, policy, text: existsSync(policy) ? readFileSync(policy, "utf8") : "" };
}

const liteLlm = `
model_list:
  - model_name: assistant
    litellm_params: { model: azure/my-gpt, api_base: "https://acme.openai.azure.com/", api_key: os.environ/AZURE_KEY, api_version: "2025-01-01" }
  - model_name: assistant
    litellm_params: { model: hosted_vllm/llama-3.3-70b, api_base: "http://fra-1.internal:8000/v1" }
  - model_name: backup
    litellm_params: { model: openai/gpt-5.2, api_base: "https://eu.api.openai.com/v1", api_key: sk-secret-of-the-file }
  - model_name: haiku
    litellm_params: { model: claude-haiku-4-5, api_key: os.environ/ANTHROPIC_KEY }
  - model_name: haiku
    litellm_params: { model: bedrock/eu.anthropic.claude-haiku-4-5, aws_region_name: eu-central-1, aws_access_key_id: AKIASECRETOFTHEFILE, aws_secret_access_key: sk-secret-of-the-file }
  - model_name: gemini
    litellm_params: { model: gemini/gemini-pro }
  - model_name: "openai/*"
    litellm_params: { model: "openai/*" }
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
  assert.match(
    text,
    /hosted-vllm: \{ .*url: "http:\/\/fra-1\.internal:8000", operator: "\?", place: "\?" \}/,
  );
  assert.match(
    text,
    /openai: \{ .*provider: openai, region: eu, support: "\?", key: "\$\{env:OPENAI_KEY\}" \}/,
  );
  assert.match(text, /openai: \{ model: "gpt-5\.2", order: 2 \}/);
  for (const left of [
    /model_list\[5\]: it speaks Google's dialect/,
    /model_list\[6\]: a wildcard/,
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
  assert.match(stdout, /say what stands as `"\?"`, 8 times/);
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
    .replaceAll('support: "?"', "support: DE")
    .replace('operator: "?", place: "?"', "operator: acme, place: DE");
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
  assert.match(text, /openai: \{ model: "m-1", weight: 70 \}\n +openai-2: \{ model: "m-1", weight: 30 \}/);
  assert.match(text, /mistral-ai: \{ model: "mistral-large", order: [23], weight: 1 \}/);
  assert.match(text, /mistral-ai: \{ .*provider: mistral, region: global/);
  assert.match(stderr, /targets\[1\]: a virtual key/);
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
    text: '{"providers":{"gemini":{"keys":[{"models":["g"]}]}}}',
    says: /no model in it can be taken over[^]*Google's dialect/,
  },
  { title: "text", kind: "portkey", text: "hello", says: /`the file`: expected a mapping/ },
]) {
  test(`${title} is unusable input, and no policy is written: exit 2`, async () => {
    const { code, stderr, text: written } = await importText(kind, text);
    assert.deepEqual([code, written], [2, ""]);
    assert.match(stderr, says);
  });
}
