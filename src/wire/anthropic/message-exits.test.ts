import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../base/index.ts";
import type { Exit } from "../operation.ts";
import { messageExits } from "./message-exits.ts";
import { countTokens, messages } from "./messages.ts";

function exitsOf(members: object, row = messages): readonly Exit[] {
  const body = { model: "a", messages: [{ role: "user", content: "hi" }], ...members };
  const view = row.read(encodeUtf8(JSON.stringify(body)));
  assert.ok(view.ok);
  return view.value.exits;
}

function withBlocks(...content: readonly unknown[]): object {
  return { messages: [{ role: "user", content }] };
}

const image = (source: object): object => ({ type: "image", source });

for (const { members, member, name = member, does = "moves" } of [
  { members: { mcp_servers: [{ type: "url", url: "https://x.example" }] }, member: "mcp_servers" },
  { members: { container: "container_1" }, member: "container", does: "keeps" },
  { members: { service_tier: "auto" }, member: "service_tier", does: "chooses" },
  { members: { inference_geo: "us" }, member: "inference_geo", does: "chooses" },
  { members: { fallbacks: [] }, member: "fallbacks", does: "chooses" },
  { members: { Store: true }, member: "store", does: "keeps" },
  {
    members: { tools: [{ name: "f", input_schema: {} }, { type: "web_search_20250305" }] },
    member: "tools[1].type",
    name: "tools",
  },
  { members: { tools: [{ type: "code_execution_20250825" }] }, member: "tools[0].type", name: "tools" },
  { members: { tools: [{ type: "web_fetch_20250910" }] }, member: "tools[0].type", name: "tools" },
  { members: { tools: [{ type: "mcp_toolset" }] }, member: "tools[0].type", name: "tools" },
  { members: { tools: [{ type: "bash_20250124x" }] }, member: "tools[0].type", name: "tools" },
  {
    members: { tools: [{ type: "custom", Type: "web_search_20250305" }] },
    member: "tools[0].type",
    name: "tools",
  },
  { members: { tools: ["web_search"] }, member: "tools[0]", name: "tools" },
  { members: { tools: {} }, member: "tools", name: "tools" },
  {
    members: withBlocks(
      { type: "text", text: "https://x.example" },
      image({ type: "url", url: "https://x.example/a.png" }),
    ),
    member: "messages[0].content[1].source.url",
    name: "image_url",
  },
  {
    members: withBlocks({ type: "document", source: { type: "url", url: "https://x.example/a.pdf" } }),
    member: "messages[0].content[0].source.url",
    name: "document_url",
  },
  {
    members: withBlocks({ type: "document", source: { type: "file", file_id: "file_1" } }),
    member: "messages[0].content[0].source.file_id",
    name: "file",
  },
  {
    members: withBlocks({ type: "container_upload", file_id: "file_1" }),
    member: "messages[0].content[0].file_id",
    name: "file",
  },
  {
    members: withBlocks(image({ type: "base64", media_type: "image/png", data: "https://x.example/a.png" })),
    member: "messages[0].content[0].source.data",
    name: "image_url",
  },
  {
    members: withBlocks({
      type: "tool_result",
      tool_use_id: "t",
      content: [image({ type: "url", url: "http://10.0.0.1/a" })],
    }),
    member: "messages[0].content[0].content[0].source.url",
    name: "image_url",
  },
  {
    members: withBlocks({
      type: "document",
      source: { type: "content", content: [image({ type: "url", url: "gs://b/a" })] },
    }),
    member: "messages[0].content[0].source.content[0].source.url",
    name: "image_url",
  },
]) {
  test(`\`${JSON.stringify(members)}\` is an exit: it ${does}`, () => {
    assert.deepEqual(exitsOf(members), [{ member, name, does }]);
    assert.deepEqual(exitsOf(members, countTokens), [{ member, name, does }], "what is counted is sent too");
  });
}

const staying: readonly object[] = [
  { service_tier: "standard_only", metadata: { user_id: "u" }, thinking: { type: "adaptive" } },
  {
    tools: [
      { name: "f", input_schema: {} },
      { type: "custom", name: "g" },
    ],
  },
  {
    tools: [
      { type: "bash_20250124", name: "bash" },
      { type: "text_editor_20250728" },
      { type: "memory_20250818" },
    ],
  },
  withBlocks(image({ type: "base64", media_type: "image/png", data: "AAAA+/==" })),
  withBlocks({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "See https://x.example." },
  }),
  withBlocks({ type: "search_result", source: "https://x.example", content: [{ type: "text", text: "a" }] }),
  { tools: null, mcp_servers: null, container: null },
];

for (const members of staying) {
  test(`\`${JSON.stringify(members)}\` goes nowhere`, () => {
    assert.deepEqual(exitsOf(members), []);
  });
}

test("no value makes a rule throw, and no path quotes a value", () => {
  const path = /^(\[\d+\]|\.(type|content|source|url|data))*$/;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (any) => {
      for (const rule of messageExits) for (const found of rule.find(any)) assert.match(found.path, path);
    }),
  );
});
