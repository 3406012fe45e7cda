import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../../base/index.ts";
import { moderations } from "./moderations.ts";

function read(input: unknown): ReturnType<typeof moderations.read> {
  return moderations.read(encodeUtf8(JSON.stringify({ model: "a", input })));
}

test("a picture of a moderation that the engine would fetch is found", () => {
  const view = read([
    { type: "text", text: "https://x.example" },
    { type: "image_url", image_url: { url: "https://x.example/1.png" } },
  ]);
  assert.ok(view.ok);
  assert.deepEqual(view.value.exits, [
    { member: "input[1].image_url.url", name: "image_url", does: "moves" },
  ]);
});

test("what a policy may allow does not hide another that it may not", () => {
  const remote = "https://x.example/1";
  const picture = { type: "image_url", image_url: { url: remote } };
  const view = read([picture, picture, { type: "file", file: { file_data: remote } }]);
  assert.ok(view.ok);
  assert.deepEqual(
    view.value.exits.map(({ member, name }) => [member, name]),
    [
      ["input[0].image_url.url", "image_url"],
      ["input[2].file.file_data", "file"],
    ],
  );
});

test("texts, and pictures that came along, move nothing", () => {
  for (const input of [
    "a",
    ["a", "https://x.example"],
    [{ image_url: { url: "data:image/png;base64,AA==" } }],
  ]) {
    const view = read(input);
    assert.ok(view.ok);
    assert.deepEqual(view.value.exits, []);
  }
});

test("without anything to look at there is no moderation", () => {
  for (const input of [undefined, [], 7, {}]) assert.equal(read(input).ok, false);
});
