// What is wrong with an endpoint that names a provider.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packFolder as folder, parseOne } from "../../test/support/parse-one.ts";
import { formatFinding, regionPlaces } from "./index.ts";
import { parseProvider } from "./packs/parse-provider.ts";

const zurich =
  "provider: bedrock, region: eu-central-2/eu, url: https://bedrock-runtime.eu-central-2.amazonaws.com";

const endpoints = [
  {
    title: "a region that the provider does not have is named with those that it has",
    endpoint: "provider: nebius, region: uk",
    told: /endpoints\.e\.region: found `uk`, expected a region of provider `nebius`\n  hint: .*`us-central1`/,
  },
  {
    title: "a provider without a region is no place",
    endpoint: "provider: openai",
    told: /endpoints\.e\.region: found nothing, expected a region of provider `openai`/,
  },
  {
    title: "a region without a provider is no place",
    endpoint: "region: eu, place: DE, operator: own, url: https://e.example",
    told: /endpoints\.e\.region: found a `region`, expected a `provider` beside it/,
  },
  {
    title: "a provider that nobody described is an error",
    endpoint: "provider: acme-ai, region: eu",
    told: /endpoints\.e\.provider: found `acme-ai`, expected the name of a provider that exists/,
  },
  {
    title: "nobody contradicts the data about where a provider computes",
    endpoint: "provider: openai, region: eu, place: DE",
    told: /endpoints\.e\.place: found a `place`, expected none: it comes from the provider's data/,
  },
  {
    title: "nor about who runs it",
    endpoint: "provider: openai, region: eu, operator: own",
    told: /endpoints\.e\.operator: found a `operator`, expected none/,
  },
  {
    title: "another URL would be another region",
    endpoint: "provider: openai, region: eu, url: https://api.openai.com",
    told: /endpoints\.e\.url: found a `url`, expected none: `eu` is called at `https:\/\/eu\.api\.openai\.com`/,
  },
  {
    title: "a customer's own host must be one of the provider's",
    endpoint: "provider: azure-openai, region: uksouth/standard, url: https://openai.azure.com.evil.example",
    told: /endpoints\.e\.url: found `https:\/\/openai\.azure\.com\.evil\.example`, expected a URL at `\*\.openai\.azure\.com`/,
  },
  {
    title: "a host whose name only ends alike is another",
    endpoint: "provider: vertex, region: eu, url: https://xaiplatform.eu.rep.googleapis.com",
    told: /endpoints\.e\.url: found .*, expected a URL at `aiplatform\.eu\.rep\.googleapis\.com`/,
  },
  {
    title: "a model whose name widens where it computes does not fit a single region",
    endpoint: "provider: bedrock, region: eu-central-1",
    model: "global.some-model",
    told: /models\.m\.served-by\.e: found `global\.some-model`, expected a model without a prefix/,
  },
  {
    title: "nor does one without the prefix fit a geography",
    endpoint:
      "provider: bedrock, region: eu-central-1/eu, url: https://bedrock-runtime.eu-central-1.amazonaws.com",
    told: /models\.m\.served-by\.e: found `some-model`, expected a model that begins with `eu\.`/,
  },
  {
    title: "the door that takes such names stays in its region under the label that says so",
    endpoint: "provider: bedrock, region: eu-central-1/runtime",
    engine: "bedrock",
    model: "eu.amazon.nova-x",
    told: /models\.m\.served-by\.e: found `eu\.amazon\.nova-x`, expected a model without a prefix/,
  },
  {
    title: "a profile's ARN widens where it computes as its name does",
    endpoint: "provider: bedrock, region: eu-central-1",
    engine: "bedrock",
    model: "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-x",
    told: /models\.m\.served-by\.e: found `arn:.*`, expected a model without a prefix/,
  },
  {
    title: "nobody can say over which regions an application's own profile spreads",
    endpoint: "provider: bedrock, region: eu-central-1",
    engine: "bedrock",
    model: "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abc123",
    told: /models\.m\.served-by\.e: found `arn:.*`, expected a model's own name, or the ARN of a model/,
  },
  {
    title: "a model of another region does not fit",
    endpoint: "provider: bedrock, region: eu-central-1",
    engine: "bedrock",
    model: "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x",
    told: /models\.m\.served-by\.e: found `arn:.*`, expected a model's own name/,
  },
  {
    title: "Bedrock's profile for Europe does not fit Zurich alone, whatever engine calls it",
    endpoint: "provider: bedrock, region: eu-central-2",
    engine: "bedrock",
    model: "eu.anthropic.claude-x",
    told: /models\.m\.served-by\.e: found `eu\.anthropic\.claude-x`, expected a model without a prefix/,
  },
  {
    title: "Bedrock at an address of nobody's data has places that a model's name may leave",
    endpoint: "url: https://e.example, place: DE, operator: own",
    engine: "bedrock",
    told: /endpoints\.e\.provider: found nothing, expected a provider: names of models choose where engine `bedrock` computes/,
  },
  {
    title: "a place that holds for some models holds for no other",
    endpoint: "provider: openai, region: ae",
    told: /models\.m\.served-by\.e: found `some-model`, expected one of `gpt-5\.2-2025-12-11`/,
  },
  {
    title: "a place that holds for some operations holds for no other",
    endpoint: "provider: openai, region: ae, serves: [chat_completions, moderations]",
    engine: "openai",
    model: "gpt-5.2-2025-12-11",
    told: /endpoints\.e\.serves\[1\]: found `moderations`, expected one of `chat_completions`, `responses`, `embeddings`, for which alone `ae` is known/,
  },
  {
    title: "an engine that cannot choose the region is refused",
    endpoint: "provider: anthropic, region: us",
    told: /endpoints\.e\.engine: found `openai-compatible` for `us`, expected one of `anthropic`/,
  },
  {
    title: "an engine of its own dialect knows where it is called",
    endpoint: "provider: gemini, region: global, path: /v1beta/openai/chat/completions",
    engine: "gemini",
    told: /endpoints\.e\.path: found a `path`, expected none: engine `gemini` knows/,
  },
  {
    title: "and is asked in no other dialect",
    endpoint: "provider: gemini, region: global, serves: [chat_completions]",
    engine: "gemini",
    told: /endpoints\.e\.serves: found a `serves`, expected none: engine `gemini` speaks Google's dialect/,
  },
  {
    title: "engine `cohere` knows what it is asked",
    endpoint: "provider: cohere, region: global, serves: [chat_completions]",
    engine: "cohere",
    told: /endpoints\.e\.serves: found a `serves`, expected none: engine `cohere` speaks Cohere's dialect/,
  },
  ...["anthropic", "bedrock"].map((engine) => ({
    title: `engine \`${engine}\` has no sessions`,
    endpoint: `place: DE, operator: own, url: https://e.example, serves: [chat_completions, realtime]`,
    engine,
    told: new RegExp(
      `endpoints\\.e\\.serves\\[1\\]: found \`realtime\`, expected what engine \`${engine}\` answers: it has no sessions\n  hint: leave it out; `,
    ),
  })),
  {
    title: "a path for chats would leave an engine that is asked none with nothing",
    endpoint: "provider: anthropic, region: us, path: /v1/messages",
    engine: "anthropic",
    told: /endpoints\.e\.path: found a `path`, expected none: it is where chat completions are answered, and engine `anthropic` is asked no chats\n  hint: leave out/,
  },
  {
    title: "nor is there a path for chats where `serves` has none",
    endpoint: "place: DE, operator: own, url: https://e.example, path: /v1/embed, serves: [embeddings]",
    told: /endpoints\.e\.path: found a `path`, expected none: .*, and its `serves` has no `chat_completions`/,
  },
  {
    title: "an engine that signs with a key says who calls, and no header beside it",
    endpoint:
      'provider: bedrock, region: eu-central-1, key: "${env:K}", headers: { authorization: Bearer hunter2 }',
    engine: "bedrock",
    told: /endpoints\.e\.headers\.authorization: found a header `authorization`, expected none: engine `bedrock` says by its `key` who calls, and would say it twice\n  hint: leave out the header, or the `key`/,
  },
  {
    title: "nor beside what is signed",
    endpoint: 'provider: bedrock, region: eu-central-1, key: "${env:K}", headers: { x-amz-date: today }',
    engine: "bedrock",
    told: /endpoints\.e\.headers\.x-amz-date: found a header `x-amz-date`, expected none/,
  },
  {
    title: "an application of Entra's is known by its token, and by no header",
    endpoint:
      'provider: azure-openai, region: uksouth/standard, url: https://a.openai.azure.com, key: "${file:app.json}", headers: { authorization: "${env:T}" }',
    engine: "azure-openai",
    told: /endpoints\.e\.headers\.authorization: found a header `authorization`, expected none: engine `azure-openai` says by its `key`/,
  },
  {
    title: "the machine's identity is a word of who calls too",
    endpoint:
      'provider: vertex, region: eu, url: https://aiplatform.eu.rep.googleapis.com/v1/projects/acme, headers: { authorization: "${env:T}" }',
    engine: "vertex",
    told: /endpoints\.e\.headers\.authorization: found a header `authorization`, expected none: engine `vertex` says by the machine's own identity who calls/,
  },
  {
    title: "a location that is another than the host's is refused, and where it comes from is said",
    endpoint:
      "provider: vertex, region: europe-west3, url: https://europe-west3-aiplatform.googleapis.com/v1/projects/acme/locations/us-central1",
    engine: "vertex",
    told: /endpoints\.e\.url: found a URL with the path `\/v1\/projects\/acme\/locations\/us-central1`, expected `https:\/\/europe-west3-aiplatform\.googleapis\.com\/v1\/projects\/<project>`: the location is that of the region, `europe-west3`/,
  },
  {
    title: "what is no id of a project is refused as it is at start",
    endpoint:
      "provider: vertex, region: europe-west3, url: https://europe-west3-aiplatform.googleapis.com/v1/projects/Acme_AI",
    engine: "vertex",
    told: /endpoints\.e\.url: found the project `Acme_AI`, expected a project's id/,
  },
  {
    title: "a host that is another than the location's is refused",
    endpoint:
      "provider: vertex, region: europe-west3, url: https://us-central1-aiplatform.googleapis.com/v1/projects/acme",
    engine: "vertex",
    told: /endpoints\.e\.url: found .*, expected a URL at `europe-west3-aiplatform\.googleapis\.com`/,
  },
  {
    title: "without a key file the URL names the project",
    endpoint: "provider: vertex, region: eu, url: https://aiplatform.eu.rep.googleapis.com",
    engine: "vertex",
    told: /endpoints\.e\.url: found a URL without a project, expected `https:\/\/aiplatform\.eu\.rep\.googleapis\.com\/v1\/projects\/<project>`, since without a `key`/,
  },
  {
    title: "the location of Vertex is nobody's own word",
    endpoint: "url: https://e.example, place: DE, operator: own",
    engine: "vertex",
    told: /endpoints\.e\.provider: found nothing, expected a provider: engine `vertex` computes in the location/,
  },
  {
    title: "Vertex is asked for messages beside its own dialect, and for nothing else",
    endpoint:
      "provider: vertex, region: eu, url: https://aiplatform.eu.rep.googleapis.com/v1/projects/acme, serves: [messages]",
    engine: "vertex",
    told: /endpoints\.e\.serves: found a `serves`, expected none: engine `vertex` speaks Google's dialect/,
  },
  {
    title: "another engine's calls would go past the location that is chosen",
    endpoint: "provider: vertex, region: eu, url: https://aiplatform.eu.rep.googleapis.com",
    told: /endpoints\.e\.engine: found `openai-compatible` for `eu`, expected one of `vertex`/,
  },
  {
    title: "where no model's name spreads, nobody is asked over which regions it does",
    endpoint: "provider: bedrock, region: eu-central-1, key: '${env:KEY}', watch-regions: true",
    engine: "bedrock",
    told: /endpoints\.e\.watch-regions: found `watch-regions`, expected none: engine `bedrock` asks/,
  },
  {
    title: "nor does another engine ask",
    endpoint: `${zurich}, key: '\${env:KEY}', watch-regions: true`,
    model: "eu.anthropic.claude-x",
    told: /endpoints\.e\.watch-regions: found `watch-regions`, expected none: engine `bedrock` asks/,
  },
  {
    title: "regions are asked for with a key",
    endpoint: `${zurich}, watch-regions: true`,
    engine: "bedrock",
    model: "eu.anthropic.claude-x",
    told: /endpoints\.e\.watch-regions: found `watch-regions`, expected a `key` beside it/,
  },
  {
    title: "whose place is its author's word has no regions to be asked for",
    endpoint: "url: https://e.example, place: DE, operator: own, watch-regions: true",
    told: /endpoints\.e\.watch-regions: found `watch-regions`, expected none: engine `bedrock` asks/,
  },
  {
    title: "an endpoint without a provider still says where it is",
    endpoint: "url: https://e.example",
    told: /endpoints\.e\.place: found nothing, expected a place such as/,
  },
  {
    title: "an operator of one's own does not take the name of a provider's",
    endpoint: "provider: openai, region: eu",
    operators: "openai: { home: DE }",
    told: /operators\.openai: found the operator `openai`, expected another name/,
  },
] as const;

for (const { title, endpoint, told, ...rest } of endpoints) {
  test(title, () => {
    const result = parseOne({ endpoint, ...rest });
    assert.ok(!result.ok, "accepted");
    assert.match(result.error.map(formatFinding).join("\n"), told);
  });
}

for (const { title, endpoint, engine } of [
  {
    title: "a header says who calls where no key does",
    endpoint:
      'provider: azure-openai, region: uksouth/standard, url: https://a.openai.azure.com, headers: { authorization: "${env:T}" }',
    engine: "azure-openai",
  },
  {
    title: "a header stands beside a key that is another header",
    endpoint: 'provider: anthropic, region: us, key: "${env:K}", headers: { authorization: "${env:T}" }',
    engine: "anthropic",
  },
  {
    title: "a server of OpenAI's dialect may have sessions",
    endpoint: "place: DE, operator: own, url: https://e.example, serves: [realtime]",
    engine: "openai-compatible",
  },
  {
    title: "whoever says that chats are answered says where",
    endpoint: "provider: anthropic, region: us, path: /v1/chat/completions, serves: [chat_completions]",
    engine: "anthropic",
  },
]) {
  test(title, () => {
    const result = parseOne({ endpoint, engine });
    assert.ok(result.ok, result.ok ? "" : result.error.map(formatFinding).join("\n"));
  });
}

test("whoever calls OpenAI by the engine of any server of its dialect is told what the own engine says", () => {
  const endpoint = "provider: openai, region: eu";
  const plain = parseOne({ endpoint });
  assert.ok(plain.ok);
  assert.match(
    plain.value.warnings.map(formatFinding).join("\n"),
    /endpoints\.e\.engine: found `openai-compatible` for `eu`, expected engine `openai`\n  hint: .*`store: false`/,
  );
  const own = parseOne({ endpoint, engine: "openai" });
  assert.ok(own.ok);
  assert.ok(!own.value.warnings.some(({ path }) => path.endsWith("engine")));
});

test("a mechanism may export to the operator of a provider in use", () => {
  const mechanism = "m: { kind: scc-2021-914-m2, from: t, to: openai, tia: T-1 }";
  const endpoint = "provider: openai, region: eu";
  assert.ok(parseOne({ endpoint, mechanism }).ok);
  const other = parseOne({ endpoint: "provider: mistral, region: eu", mechanism });
  assert.ok(!other.ok && other.error.some(({ path }) => path === "law.mechanisms.m.to"));
});

test("what can be asked to compute in one region of Amazon's computes where the list of its regions says", () => {
  const text = readFileSync(join(folder, "providers/bedrock.yaml"), "utf8");
  const parsed = parseProvider({ file: "bedrock.yaml", id: "bedrock", text });
  assert.ok(parsed.ok);
  const { regions, places } = parsed.value;
  const alone = Object.entries(regions).filter(([label]) => /^[a-z-]+-\d(\/runtime)?$/.test(label));
  assert.ok(alone.length > 20);
  for (const [label, { computes }] of alone)
    assert.deepEqual(places[label.replace("/runtime", "")]?.places, computes?.places, label);
  const named = regionPlaces(parsed.value);
  assert.deepEqual([named.get("ap-southeast-7"), named.get("constructor")], [["TH"], undefined]);
  const listed = new Set(Object.values(places).flatMap((each) => [...each.places]));
  for (const [label, { computes }] of Object.entries(regions))
    for (const place of computes?.places ?? []) assert.ok(listed.has(place), `${label}: ${place}`);
});
