import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { UnusableInputError } from "../disk/index.ts";
import { noteParts, requireParts } from "./state-parts.ts";

type Place = Parameters<typeof requireParts>[0];

/** The state of a cell that has run, as far as names go. */
function stateOf(t: TestContext, ...missing: readonly string[]): Place {
  const stateDirectory = mkdtempSync(join(tmpdir(), "bailiwick-parts-"));
  t.after(() => rmSync(stateDirectory, { recursive: true }));
  for (const file of [
    "vault/handle-key",
    "keys/admin-token",
    "keys/wrapping.key",
    "keys/witness.pem",
    "keys/log/2026-11.pem",
    "ledger/state/2026-11/signed",
    "legal/a.note",
    "records/2026-12-01/a",
    "witness/lock",
  ]) {
    mkdirSync(join(stateDirectory, dirname(file)), { recursive: true });
    writeFileSync(join(stateDirectory, file), "");
  }
  noteParts(stateDirectory);
  for (const part of missing) rmSync(join(stateDirectory, part), { recursive: true });
  const place = { stateDirectory, cellFile: { keys: { service: "file" } }, trust: {} };
  return place as unknown as Place;
}

function faultsOf(place: Place): readonly string[] {
  try {
    requireParts(place);
    return [];
  } catch (error) {
    assert.ok(error instanceof UnusableInputError);
    return error.lines;
  }
}

test("a state that is whole, and one that never ran, are taken", (t) => {
  assert.deepEqual(faultsOf(stateOf(t)), []);
  const first = mkdtempSync(join(tmpdir(), "bailiwick-parts-"));
  t.after(() => rmSync(first, { recursive: true }));
  assert.deepEqual(faultsOf({ ...stateOf(t), stateDirectory: first }), []);
});

for (const part of [
  "vault",
  "vault/handle-key",
  "keys/admin-token",
  "keys/wrapping.key",
  "keys/witness.pem",
  "legal",
  "records",
  "witness",
]) {
  test(`\`${part}\` that is gone since the last start is a fault that names it, the backup and the way on`, (t) => {
    const place = stateOf(t, part);
    const [line = "", ...others] = faultsOf(place);
    assert.deepEqual(others, []);
    assert.ok(line.includes(join(place.stateDirectory, part)), line);
    assert.match(line, /restore it from a backup; .*take its line out of/);
    const inventory = join(place.stateDirectory, "parts");
    const kept = readFileSync(inventory, "utf8")
      .split("\n")
      .filter((each) => !each.startsWith(part));
    writeFileSync(inventory, kept.join("\n"));
    assert.deepEqual(faultsOf(place), []);
  });
}

test("beside a ledger, vault and token are missed without an inventory too, until an empty one accepts that", (t) => {
  const place = stateOf(t, "vault", "keys/admin-token", "parts");
  assert.equal(faultsOf(place).length, 2);
  writeFileSync(join(place.stateDirectory, "parts"), "");
  assert.deepEqual(faultsOf(place), []);
});

test("the key of the newest log is missed whatever the inventory says", (t) => {
  const place = stateOf(t, "keys/log/2026-11.pem");
  writeFileSync(join(place.stateDirectory, "parts"), "");
  assert.match(faultsOf(place)[0] ?? "", /2026-11\.pem` is missing/);
});

test("a witness whose trust file is gone is a fault, for it would cosign nobody and nobody would cosign it", (t) => {
  assert.match(faultsOf({ ...stateOf(t), trust: null })[0] ?? "", /trust file/);
});

test("a wrapping key is not missed where another key service is named", (t) => {
  const place = { ...stateOf(t, "keys/wrapping.key"), cellFile: { keys: { service: "transit" } } };
  assert.deepEqual(faultsOf(place as unknown as Place), []);
});
