import assert from "node:assert/strict";
import { test } from "node:test";
import { mutated, mutationsOf } from "../tools/mutation/mutations.ts";

for (const { source, mutants } of [
  { source: "a < b;", mutants: ["a <= b;", "a >= b;"] },
  { source: "a === b;", mutants: ["a !== b;"] },
  { source: "a && !b;", mutants: ["((a) || (!b));", "a && b;"] },
  { source: "a ?? b;", mutants: ["b;"] },
  { source: "if (a) b();", mutants: [";", "if (!(a)) b();"] },
  { source: "a ? b : c;", mutants: ["!(a) ? b : c;"] },
  { source: "a.every(b);", mutants: ["a.some(b);"] },
  { source: "a.filter(b);", mutants: ["[...a];"] },
  { source: "blocked(a);", mutants: ["{ ...blocked(a), passes: true };"] },
  { source: "[a, ...b];", mutants: ["[];", "[...b];", "[a];"] },
  { source: "const a: true = true;", mutants: ["const a: true = false;"] },
  {
    source: "switch (a) { case 1: b(); case 2: case 3: c(); }",
    mutants: ["switch (a) { case 2: b(); case 1: case 3: c(); }"],
  },
]) {
  test(`\`${source}\` can be broken in ${mutants.length} ways`, () => {
    const found = mutationsOf("a.ts", source).map((mutation) => mutated(source, mutation));
    assert.deepEqual(found, mutants);
  });
}

test("a mutation knows its line and column", () => {
  const [mutation] = mutationsOf("a.ts", "a;\n  b < c;");
  assert.deepEqual([mutation?.line, mutation?.column], [2, 3]);
});

test("a file that does not parse is an error", () => {
  assert.throws(() => mutationsOf("a.ts", "if ("), /a\.ts: /);
});
