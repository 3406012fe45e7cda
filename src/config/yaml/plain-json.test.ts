import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { readPlainJson } from "./plain-json.ts";
import { readYaml } from "./yaml-reader.ts";
import { toPlain } from "./yaml-tree.ts";

const notPlain = {
  "a name twice": '{"a":1,"a":2}',
  "a name twice, once in escapes": String.raw`{"a":1,"\u0061":2}`,
  "a name twice in a mapping within": '{"b":[{"a":1,"a":2}]}',
  "a name that JavaScript gives a meaning": '{"__proto__":1}',
  "the same in escapes": String.raw`{"\u005f_proto__":1}`,
  "a merge key": '{"<<":{"a":1}}',
  "nesting without an end": `${"[".repeat(17)}${"]".repeat(17)}`,
  "a text too long": JSON.stringify("a".repeat(70_000)),
  "no JSON": "{a: 1}",
  "half of it": '{"a":',
  nothing: "",
};

for (const [title, text] of Object.entries(notPlain)) {
  test(`${title} is not plain`, () => assert.equal(readPlainJson(text), undefined));
}

test("a colon within a text is no name's, and a quote within it no end", () => {
  const text = String.raw`{"a":"b\":","c\\":["\":","x",":"]}`;
  assert.deepEqual(readPlainJson(text), JSON.parse(text));
});

test("what is plain is what the slow reader reads", () => {
  const spaced = fc.tuple(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 0, 2));
  let compared = 0;
  const property = fc.property(spaced, ([json, indent]) => {
    const text = JSON.stringify(JSON.parse(json), null, indent);
    const plain = readPlainJson(text);
    if (plain === undefined) return;
    compared++;
    const { root, problems } = readYaml(text);
    assert.deepEqual(problems, []);
    assert.ok(root);
    assert.equal(JSON.stringify(plain), JSON.stringify(toPlain(root)));
  });
  fc.assert(property, { numRuns: 1000 });
  assert.ok(compared > 900, `only ${compared} were plain`);
});
