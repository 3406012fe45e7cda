import assert from "node:assert/strict";
import { test } from "node:test";
import { formatModelList } from "./models.ts";

test("each model is listed with the members that OpenAI's clients require", () => {
  assert.deepEqual(JSON.parse(formatModelList(["assistant"], "acme")), {
    object: "list",
    data: [{ id: "assistant", object: "model", created: 0, owned_by: "acme" }],
  });
});
