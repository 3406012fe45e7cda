import assert from "node:assert/strict";
import { test } from "node:test";
import { findExits, valuesNamed } from "./exits.ts";

const rules = [
  {
    member: "store",
    does: "keeps",
    find: (value: unknown) => (value === true ? [{ path: "", name: "store" }] : []),
  },
  { member: "messages", does: "moves", find: () => [{ path: "[0].content", name: "file" }] },
] as const;

test("exits are found in the order in which the members stand, each with its path", () => {
  const body: Readonly<Record<string, unknown>> = { model: "a", messages: [], store: true };
  assert.deepEqual(
    findExits(rules, Object.keys(body), (name) => body[name]),
    [
      { member: "messages[0].content", name: "file", does: "moves" },
      { member: "store", name: "store", does: "keeps" },
    ],
  );
});

test("members that no rule names are not read", () => {
  const read: string[] = [];
  findExits(rules, ["model", "seed", "Store"], (name) => read.push(name));
  assert.deepEqual(read, ["Store"]);
});

test("all spellings of a member are seen, not the last alone", () => {
  assert.deepEqual(valuesNamed({ url: 1, URL: 2, uri: 3 }, "url"), [1, 2]);
  assert.deepEqual(valuesNamed("url", "url"), []);
});
