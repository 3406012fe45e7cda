import assert from "node:assert/strict";
import { test } from "node:test";
import { isNamed } from "./member-name.ts";

for (const { key, name, is } of [
  { key: "task", name: "task", is: true },
  { key: "TASK", name: "task", is: true },
  { key: "taſk", name: "task", is: true },
  { key: "tas\u212A", name: "task", is: true },
  { key: "ﬆream", name: "stream", is: true },
  { key: "meßages", name: "messages", is: true },
  { key: "task ", name: "task", is: false },
  { key: "tusk", name: "task", is: false },
]) {
  test(`an engine that ignores letter case would ${is ? "" : "not "}take \`${key}\` for \`${name}\``, () => {
    assert.equal(isNamed(key, name), is);
  });
}
