import assert from "node:assert/strict";
import { test } from "node:test";
import { suggest } from "./suggest.ts";

const keys = ["served-by", "mode", "premises", "openai-compatible", "requests-per-minute"];

const cases = [
  { written: "served_by", hint: "did you mean `served-by`?" },
  { written: "servedBy", hint: "did you mean `served-by`?" },
  { written: "premisses", hint: "did you mean `premises`?" },
  { written: "openai", hint: "did you mean `openai-compatible`?" },
  { written: "MODE", hint: "did you mean `mode`?" },
  { written: "xyz", hint: `there is ${keys.map((key) => `\`${key}\``).join(", ")}` },
] as const;

for (const { written, hint } of cases) {
  test(`for ${written}: ${hint}`, () => {
    assert.equal(suggest(written, keys), hint);
  });
}

test("nothing is suggested where there is nothing, or far too much to compare with", () => {
  assert.equal(suggest("mode", []), null);
  assert.equal(
    suggest(
      "mode",
      Array.from({ length: 10_000 }, () => "mode"),
    ),
    null,
  );
});
