import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import type { Exit, RequestView } from "../operation.ts";
import { renamedBody } from "../renamed-body.ts";
import { responseExits } from "./response-exits.ts";
import { responses } from "./responses.ts";

function viewOf(text: string): RequestView {
  const view = responses.read(encodeUtf8(text));
  assert.ok(view.ok, JSON.stringify(view));
  return view.value;
}

function exitsOf(members: object): readonly Exit[] {
  return viewOf(JSON.stringify({ model: "a", input: "hi", ...members })).exits;
}

for (const { members, member, name = member, does = "moves" } of [
  { members: { store: true }, member: "store", does: "keeps" },
  { members: { background: true }, member: "background", does: "keeps" },
  { members: { conversation: "conv_1" }, member: "conversation", does: "keeps" },
  { members: { previous_response_id: "resp_1" }, member: "previous_response_id" },
  { members: { prompt: { id: "pmpt_1" } }, member: "prompt" },
  { members: { inference_geo: "us" }, member: "inference_geo", does: "chooses" },
  {
    members: { tools: [{ type: "function", name: "f" }, { type: "web_search" }] },
    member: "tools[1].type",
    name: "tools",
  },
  {
    members: { tools: [{ type: "mcp", server_url: "https://x.example" }] },
    member: "tools[0].type",
    name: "tools",
  },
  { members: { tools: [{ type: "file_search" }] }, member: "tools[0].type", name: "tools" },
  { members: { tools: [{ type: "code_interpreter" }] }, member: "tools[0].type", name: "tools" },
  { members: { tools: [{}] }, member: "tools[0].type", name: "tools" },
  {
    members: { input: [{ type: "item_reference", id: "msg_1" }] },
    member: "input[0].type",
    name: "item_reference",
  },
  {
    members: {
      input: [{ role: "user", content: [{ type: "input_image", image_url: "https://x.example/a.png" }] }],
    },
    member: "input[0].content[0].image_url",
    name: "image_url",
  },
  {
    members: {
      input: [{ role: "user", content: [{ type: "input_file", file_url: "https://x.example/a" }] }],
    },
    member: "input[0].content[0].file_url",
    name: "file",
  },
  {
    members: { input: [{ role: "user", content: [{ type: "input_file", file_id: "file-1" }] }] },
    member: "input[0].content[0].file_id",
    name: "file",
  },
  {
    members: { instructions: [{ type: "image_url", image_url: { url: "https://x.example/a.png" } }] },
    member: "instructions[0].image_url",
    name: "image_url",
  },
  {
    members: {
      input: [
        { type: "function_call_output", output: [{ type: "input_image", image_url: "http://10.0.0.1" }] },
      ],
    },
    member: "input[0].output[0].image_url",
    name: "image_url",
  },
]) {
  test(`\`${JSON.stringify(members)}\` is an exit: it ${does}`, () => {
    assert.deepEqual(exitsOf(members), [{ member, name, does }]);
  });
}

for (const members of [
  { store: false, background: false, previous_response_id: null, conversation: null, tools: null },
  { tools: [{ type: "function", name: "f" }, { type: "custom" }, { type: "local_shell" }] },
  { input: [{ role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,AAAA" }] }] },
  { input: [{ type: "reasoning", encrypted_content: "gAAA/a+=" }] },
  { input: "https://x.example", metadata: { a: "https://x.example" } },
]) {
  test(`\`${JSON.stringify(members)}\` goes nowhere`, () => {
    assert.deepEqual(exitsOf(members), []);
  });
}

test("no value makes a rule throw, and no path quotes a value", () => {
  const path = /^(\[\d+\]|\.(type|content|output|image_url|file_url|file_data|audio_url|video_url))*$/;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (any) => {
      for (const rule of responseExits) for (const found of rule.find(any)) assert.match(found.path, path);
    }),
  );
});

for (const { said, sent } of [
  { said: "", sent: ',"store":false' },
  { said: ',"store":false', sent: ',"store":false' },
  { said: ',"store":null', sent: ',"store":false' },
  { said: ',"store":true', sent: ',"store":true' },
]) {
  test(`\`${said || "no word of keeping"}\` reaches the engine as \`${sent}\``, () => {
    const view = viewOf(`{"input":"hi","model":"a"${said}}`);
    assert.equal(decodeUtf8(concatBytes(renamedBody(view, "b"))), `{"input":"hi","model":"b"${sent}}`);
  });
}

for (const body of [
  '{"model":"a"}',
  '{"model":"a","input":null}',
  '{"model":"a","input":"a","Store":true}',
]) {
  test(`\`${body}\` is no request for a response`, () => {
    assert.ok(!responses.read(encodeUtf8(body)).ok);
  });
}
