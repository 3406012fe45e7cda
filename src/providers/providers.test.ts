import assert from "node:assert/strict";
import { test } from "node:test";
import { engineNames } from "../law/index.ts";
import { engines } from "./providers.ts";

test("every kind of engine that a policy may name is implemented, under its own name", () => {
  assert.deepEqual(
    engines.map(({ name }) => name),
    engineNames,
  );
});
