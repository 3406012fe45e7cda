import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, Place, TenantId } from "../../base/index.ts";
import { nothingAttested } from "../../law/index.ts";
import type { Tenant } from "../values/policy.ts";
import { claimed, keyClaims, noClaims, requestFacts } from "./request-facts.ts";

const cell = "eu-frankfurt" as CellId;
const [germany, austria] = ["DE" as Place, "AT" as Place];
const tenant: Tenant = {
  id: "bank" as TenantId,
  entity: "bank-ag",
  established: [germany],
  subjects: [germany],
  citizenships: [],
  residences: [],
  persons: 1,
  sector: "banking",
  classes: ["personal"],
  attested: nothingAttested,
  attestedAsOf: new Map(),
  requirements: [],
  keys: [],
  tokens: null,
  maySelect: new Set(),
  recordDays: null,
  responseCache: null,
  files: null,
  models: null,
  limits: [],
  priority: "normal",
};

test("a contract's claims are facts with their basis", () => {
  const facts = requestFacts(tenant, noClaims, cell);
  assert.deepEqual(facts.subjectPlaces, [{ value: "DE", basis: "tenant-contract" }]);
  assert.deepEqual(facts.classes, [{ value: "personal", basis: "tenant-contract" }]);
  assert.equal(facts.exporter, "bank-ag");
  assert.equal(facts.receivingCell, cell);
});

test("what a key and a header claim stands beside the contract and replaces nothing of it", () => {
  const key = keyClaims({
    sha256: "",
    spiffe: null,
    subjects: [austria],
    classes: ["financial"],
    expiresAtMs: null,
    limits: [],
    priority: "normal",
    peer: null,
  });
  const facts = requestFacts(
    tenant,
    { ...key, citizenships: claimed([austria], "header"), classes: [...key.classes] },
    cell,
  );
  assert.deepEqual(
    facts.subjectPlaces.map(({ value, basis }) => [value, basis]),
    [
      ["DE", "tenant-contract"],
      ["AT", "key-binding"],
    ],
  );
  assert.deepEqual(
    facts.classes.map(({ value }) => value),
    ["personal", "financial"],
  );
  assert.deepEqual(facts.subjectCitizenships, [{ value: "AT", basis: "header" }]);
});
