import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { carriesRetryAfter, errorReference, isWorthRetrying } from "./error-body.ts";
import { type ErrorType, errorTypes } from "./error-type.ts";

test("the reference has one row for each error type, with its status", () => {
  const rows = errorReference()
    .split("\n")
    .filter((line) => /^\| `[a-z]+_/.test(line));
  assert.deepEqual(
    rows.map((row) =>
      row
        .split("|")
        .slice(1, 3)
        .map((cell) => cell.trim()),
    ),
    Object.entries(errorTypes).map(([type, { status }]) => [`\`${type}\``, String(status)]),
  );
});

test("errors that pass with time say when to come back, and a refusal by law does not", () => {
  const types = Object.keys(errorTypes) as ErrorType[];
  assert.deepEqual(types.filter(carriesRetryAfter), [
    "policy_region_unavailable",
    "policy_overtaken",
    "caller_rate_limited",
    "caller_budget_exhausted",
    "provider_saturated",
    "gateway_ledger_unavailable",
    "gateway_keys_unavailable",
    "gateway_identity_unavailable",
    "gateway_records_unavailable",
    "gateway_files_unavailable",
    "gateway_overloaded",
    "gateway_session_over",
    "gateway_draining",
  ]);
});

test("a refusal and a failure that was tried elsewhere are not worth repeating; what passes with time is", () => {
  for (const type of [
    "policy_no_lawful_endpoint",
    "policy_misdirected",
    "caller_budget_exhausted",
    "provider_rejected",
    "provider_failed",
  ] as const) {
    assert.equal(isWorthRetrying(type), false, type);
  }
  for (const type of ["provider_saturated", "policy_region_unavailable", "gateway_draining"] as const) {
    assert.equal(isWorthRetrying(type), true, type);
  }
});

test("every error type is raised somewhere, or it would not be in the reference", () => {
  const rooms = resolve(import.meta.dirname, "..");
  const files = globSync("**/*.ts", { cwd: rooms }).filter(
    (path) => !path.endsWith(".test.ts") && path !== join("wire", "error-type.ts"),
  );
  const source = files.map((path) => readFileSync(join(rooms, path), "utf8")).join("\n");
  const unused = Object.keys(errorTypes).filter((type) => !source.includes(`"${type}"`));
  assert.deepEqual(unused, []);
});
