import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../base/index.ts";
import type { Exit } from "../operation.ts";
import { chatExits } from "./chat-exits.ts";
import { chatCompletions } from "./chat.ts";

const request = { model: "a", messages: [{ role: "user", content: "hi" }] };

function exitsOf(members: object): readonly Omit<Exit, "name">[] {
  return namedExitsOf(members).map(({ member, does }) => ({ member, does }));
}

function namedExitsOf(members: object): readonly Exit[] {
  const view = chatCompletions.read(encodeUtf8(JSON.stringify({ ...request, ...members })));
  assert.ok(view.ok);
  return view.value.exits;
}

function withPart(part: unknown): object {
  const parts = [{ type: "text", text: "what is this? https://x.example" }, part];
  return {
    messages: [
      { role: "system", content: "be brief" },
      { role: "user", content: parts },
    ],
  };
}

const leaving = [
  { members: { store: true }, exit: { member: "store", does: "keeps" } },
  { members: { store: "true" }, exit: { member: "store", does: "keeps" } },
  { members: { Store: true }, exit: { member: "store", does: "keeps" } },
  { members: { ſtore: true }, exit: { member: "store", does: "keeps" } },
  { members: { store: true, metadata: { a: "b" } }, exit: { member: "store", does: "keeps" } },
  { members: { prompt_cache_retention: "24h" }, exit: { member: "prompt_cache_retention", does: "keeps" } },
  { members: { provider: { order: ["x"] } }, exit: { member: "provider", does: "chooses" } },
  { members: { models: ["x"] }, exit: { member: "models", does: "chooses" } },
  { members: { route: "fallback" }, exit: { member: "route", does: "chooses" } },
  { members: { fallbacks: [] }, exit: { member: "fallbacks", does: "chooses" } },
  { members: { inference_geo: "global" }, exit: { member: "inference_geo", does: "chooses" } },
  { members: { web_search_options: {} }, exit: { member: "web_search_options", does: "moves" } },
  { members: { plugins: [{ id: "web" }] }, exit: { member: "plugins", does: "moves" } },
  { members: { preset: "cheapest" }, exit: { member: "preset", does: "chooses" } },
  {
    members: { providerOptions: { gateway: { order: ["x"] } } },
    exit: { member: "provideroptions", does: "chooses" },
  },
  {
    members: { context_window_fallbacks: [{ a: ["b"] }] },
    exit: { member: "context_window_fallbacks", does: "chooses" },
  },
  {
    members: { content_policy_fallbacks: [{ a: ["b"] }] },
    exit: { member: "content_policy_fallbacks", does: "chooses" },
  },
  { members: { user_config: { model_list: [] } }, exit: { member: "user_config", does: "chooses" } },
  { members: { extra_body: { store: true } }, exit: { member: "extra_body", does: "chooses" } },
  { members: { api_base: "https://x.example" }, exit: { member: "api_base", does: "moves" } },
  { members: { base_url: "https://x.example" }, exit: { member: "base_url", does: "moves" } },
  { members: { data_sources: [{ type: "azure_search" }] }, exit: { member: "data_sources", does: "moves" } },
  { members: { search_parameters: { mode: "auto" } }, exit: { member: "search_parameters", does: "moves" } },
  { members: { enable_search: true }, exit: { member: "enable_search", does: "moves" } },
  {
    members: { kv_transfer_params: { remote_host: "x.example" } },
    exit: { member: "kv_transfer_params", does: "moves" },
  },
  { members: { bootstrap_host: "x.example" }, exit: { member: "bootstrap_host", does: "moves" } },
  {
    members: { tools: [{ type: "function", function: { name: "f" } }, { type: "web_search" }] },
    exit: { member: "tools[1].type", does: "moves" },
  },
  {
    members: { tools: [{ type: "function", Type: "openrouter:web_search" }] },
    exit: { member: "tools[0].type", does: "moves" },
  },
  { members: { tools: [{ google_search: {} }] }, exit: { member: "tools[0]", does: "moves" } },
  { members: { tools: ["web_search"] }, exit: { member: "tools[0]", does: "moves" } },
  { members: { tools: "web_search" }, exit: { member: "tools", does: "moves" } },
] as const;

for (const { members, exit } of leaving) {
  test(`\`${JSON.stringify(members)}\` is an exit: it ${exit.does}`, () => {
    assert.deepEqual(exitsOf(members), [exit]);
  });
}

const remote = [
  { part: { image_url: { url: "https://x.example/a.png" } }, at: "image_url.url" },
  { part: { image_url: { url: " HTTP://x.example/a" } }, at: "image_url.url" },
  { part: { image_url: { url: "data:image/png;base64,AA", URL: "http://x.example" } }, at: "image_url.url" },
  { part: { Image_URL: { url: "gs://bucket/a" } }, at: "image_url.url" },
  { part: { image_url: "https://x.example/a.png" }, at: "image_url" },
  { part: { image_url: { url: "file:///etc/passwd" } }, at: "image_url.url" },
  { part: { image_url: { url: "\\\\host\\share\\a" } }, at: "image_url.url" },
  { part: { video_url: { url: "https://x.example/a.mp4" } }, at: "video_url.url" },
  { part: { audio_url: { url: "https://x.example/a.wav" } }, at: "audio_url.url" },
  { part: { input_audio: { data: "https://x.example/a.wav", format: "wav" } }, at: "input_audio.data" },
  { part: { document_url: "https://x.example/a.pdf" }, at: "document_url" },
  { part: { video: ["data:image/png;base64,AA", "https://x.example/a.png"] }, at: "video" },
  { part: { file: { filename: "a.pdf", file_data: "https://x.example/a.pdf" } }, at: "file.file_data" },
];

for (const { part, at } of remote) {
  test(`an engine would fetch \`${JSON.stringify(part)}\`, so it is an exit`, () => {
    assert.deepEqual(exitsOf(withPart({ type: "media", ...part })), [
      { member: `messages[1].content[1].${at}`, does: "moves" },
    ]);
  });
}

for (const { part, at, name } of [
  { part: { file: { file_id: "file-1" } }, at: ".file.file_id", name: "file" },
  { part: { File: { File_ID: "file-1" } }, at: ".file.file_id", name: "file" },
  { part: { type: "input_image", file_id: "file-1" }, at: ".file_id", name: "file" },
]) {
  test(`\`${JSON.stringify(part)}\` names what was stored before, so it is an exit`, () => {
    const exits = namedExitsOf(withPart(part));
    assert.deepEqual(
      exits.map((exit) => [exit.member, exit.name]),
      [[`messages[1].content[1]${at}`, name]],
    );
  });
}

test("a part that names a stored file and an address is both exits, for a policy may allow one alone", () => {
  const both = {
    type: "image_url",
    file_id: "f",
    image_url: { url: "https://x.example/a.png", file_id: "g" },
  };
  assert.deepEqual(
    namedExitsOf(withPart(both)).map(({ name }) => name),
    ["file", "image_url"],
  );
});

test("the id of what the model has said before is an exit, as any item that is kept", () => {
  const [exit] = namedExitsOf({ messages: [{ role: "assistant", audio: { id: "audio_1" } }] });
  assert.deepEqual([exit?.member, exit?.name], ["messages[0].audio.id", "item_reference"]);
});

const staying: readonly object[] = [
  {},
  { store: false },
  { store: null },
  { metadata: { a: "b" } },
  { service_tier: "flex", transforms: ["middle-out"], prompt_cache_options: { ttl: "30m" } },
  { prompt_cache_retention: "in_memory" },
  { prompt_cache_retention: null },
  { web_search_options: null, provider: null, tools: null },
  { enable_search: false, kv_transfer_params: null },
  { tools: [] },
  {
    tools: [
      { type: "function", function: { name: "f" } },
      { type: "custom", custom: { name: "c" } },
    ],
  },
  { tools: [{ function: { name: "f" } }] },
  withPart({ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }),
  withPart({ type: "image_url", image_url: { url: "AAAA+/==\n" } }),
  withPart({ type: "video", video: ["data:image/png;base64,AAAA"] }),
  withPart({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }),
  withPart({ type: "file", file: { file_id: null, filename: "report: a.pdf", file_data: "AAAA" } }),
  withPart("https://x.example"),
  withPart(null),
];

for (const members of staying) {
  test(`\`${JSON.stringify(members)}\` goes nowhere`, () => {
    assert.deepEqual(exitsOf(members), []);
  });
}

test("every exit of a request is found", () => {
  const exits = exitsOf({ store: true, ...withPart({ image_url: "https://x.example" }), models: ["x"] });
  assert.deepEqual(
    exits.map(({ member }) => member),
    ["messages[1].content[1].image_url", "store", "models"],
  );
});

test("each way out has the name by which a policy allows it, and each medium one of its own", () => {
  const parts = [
    { type: "image_url", image_url: { url: "https://a.example" } },
    { type: "image_url", image_url: { url: "https://b.example" } },
    { type: "file", file: { file_data: "https://c.example" } },
  ];
  const members = {
    messages: [{ role: "user", content: parts }],
    tools: [{ type: "web_search" }],
    store: true,
  };
  assert.deepEqual(
    namedExitsOf(members).map(({ member, name }) => [member, name]),
    [
      ["messages[0].content[0].image_url.url", "image_url"],
      ["messages[0].content[2].file.file_data", "file"],
      ["tools[0].type", "tools"],
      ["store", "store"],
    ],
  );
});

test("no value makes a rule throw, and no path quotes a value", () => {
  const value = fc.jsonValue({ maxDepth: 5 });
  const path = /^(\[\d+\])?(\.type|\.audio\.id|\.content\[\d+\](\.[a-z_]+){1,2})?$/;
  fc.assert(
    fc.property(value, (any) => {
      for (const rule of chatExits) for (const found of rule.find(any)) assert.match(found.path, path);
    }),
  );
});
