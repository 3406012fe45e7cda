import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accessFrom,
  always,
  placeList,
  placeSet,
  sampleOperator,
  siting,
} from "../../../test/support/law-samples.ts";
import type { Place } from "../../base/index.ts";
import { isWhollyIn, type Operator, type Siting } from "./endpoint.ts";

const us = { home: "US" as Place, validity: always };
const operator = (change: Partial<Operator> = {}): Operator => ({
  ...sampleOperator("cloud", "DE"),
  ...change,
});
const home: Partial<Siting> = { operator: operator(), support: accessFrom(placeList("DE FR")) };

const cases: Readonly<Record<string, { readonly site: Partial<Siting>; readonly isWholly: boolean }>> = {
  "where everything is at home": { site: {}, isWholly: true },
  "that computes in one place more": { site: { computes: placeList("DE US") }, isWholly: false },
  "that stores a copy abroad": { site: { stores: placeList("DE US") }, isWholly: false },
  "into which somebody reaches from abroad": {
    site: { support: accessFrom(placeList("DE US")) },
    isWholly: false,
  },
  "into which nobody knows who reaches": { site: { support: [] }, isWholly: false },
  "of which nobody knows where it stores": { site: { stores: [] }, isWholly: false },
  "of which nobody knows where it computes": { site: { computes: [] }, isWholly: false },
  "run from abroad": { site: { operator: operator({ home: "US" as Place }) }, isWholly: false },
  "owned from abroad": { site: { operator: operator({ parents: [us] }) }, isWholly: false },
  "whose operator lets somebody abroad have it": {
    site: { operator: operator({ recipients: [{ ...us, isOwner: false }] }) },
    isWholly: false,
  },
};

for (const [title, { site, isWholly }] of Object.entries(cases)) {
  test(`a machine ${title} is ${isWholly ? "" : "not "}wholly in its home`, () => {
    assert.equal(isWhollyIn(placeSet("DE FR"), siting("DE", { ...home, ...site })), isWholly);
  });
}
