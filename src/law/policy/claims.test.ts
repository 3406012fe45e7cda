import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  anyFacts,
  anyInstantMs,
  anyLawPolicy,
  anyPlaceClaim,
} from "../../../test/support/law-arbitraries.ts";
import { placeList } from "../../../test/support/law-samples.ts";
import type { Place } from "../../base/index.ts";
import {
  type Basis,
  type Claim,
  createDecider,
  type Decision,
  type Facts,
  joinClaims,
  type SelectingBasis,
  selectingBases,
} from "../index.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/law/signals.md"), "utf8");
const columns = ["tenant-contract", "key-binding", "jwt-claim", "header", "hostname", "geo-ip"] as const;

test("the truth table has its rows", () => {
  assert.ok(truthTable().length >= 26);
});

for (const [contract = "", maySelect = "", ...rest] of truthTable()) {
  const signals = [contract, ...rest.slice(0, -1)];
  const stands = rest.at(-1) ?? "";
  const told = signals
    .map((places, index) => (places === "" ? "" : `${columns[index]} ${places}`))
    .filter((words) => words !== "")
    .join(", ");
  test(`${told || "no signal"}${maySelect && `, ${maySelect} may select`}: ${stands || "nothing"} stands`, () => {
    const claims = signals.flatMap((places, index) => claimsOf(places, columns[index] ?? "geo-ip"));
    const joined = joinClaims(claims, new Set(maySelect.split(" ") as SelectingBasis[]));
    assert.equal(joined.map(({ value, basis }) => `${value} ${basis}`).join(", "), stands);
  });
}

const anySelecting = fc.subarray([...selectingBases]).map((bases) => new Set(bases));
const anyClaims = fc.array(anyPlaceClaim, { maxLength: 5 });
const anyWorld = fc.record({ policy: anyLawPolicy, facts: anyFacts, nowMs: anyInstantMs });
const runs = { numRuns: 1500 };

test("without the permission to select, no signal allows what the tenant's contract does not", () => {
  fc.assert(
    fc.property(anyWorld, anyDeclared(), anyClaims, (world, declared, claims) => {
      const permits = permitsIn(world);
      assertWithin(permits(joinClaims([...declared, ...unlike("tenant-contract", claims)], new Set())), [
        permits(declared),
      ]);
    }),
    runs,
  );
});

test("with it, none allows what no place of the tenant's contract does", () => {
  fc.assert(
    fc.property(anyWorld, anyDeclared(), anyClaims, anySelecting, (world, declared, claims, maySelect) => {
      const permits = permitsIn(world);
      const joined = permits(joinClaims([...declared, ...unlike("tenant-contract", claims)], maySelect));
      assertWithin(
        joined,
        declared.map((claim) => permits([claim])),
      );
    }),
    runs,
  );
});

test("an address turns no refusal into a permit, and adds nothing to one", () => {
  fc.assert(
    fc.property(anyWorld, anyClaims, anyPlaceClaim, anySelecting, (world, claims, { value }, maySelect) => {
      const permits = permitsIn(world);
      const before = joinClaims(unlike("geo-ip", claims), maySelect);
      const after = joinClaims([...unlike("geo-ip", claims), { value, basis: "geo-ip" }], maySelect);
      assertWithin(permits(after), [permits(before)]);
    }),
    runs,
  );
});

test("a claim without the permission to select only narrows", () => {
  fc.assert(
    fc.property(anyWorld, fc.array(anyPlaceClaim, { minLength: 1 }), anyPlaceClaim, (world, claims, more) => {
      const permits = permitsIn(world);
      fc.pre(claims.some(({ basis }) => basis !== "geo-ip"));
      const before = permits(joinClaims(claims, new Set()));
      assertWithin(permits(joinClaims([...claims, more], new Set())), [before]);
    }),
    runs,
  );
});

/** Every endpoint is among those of one of `bounds`. */
function assertWithin(endpoints: readonly string[], bounds: readonly (readonly string[])[]): void {
  assert.ok(endpoints.length === 0 || bounds.some((bound) => endpoints.every((id) => bound.includes(id))));
}

interface World {
  readonly policy: Parameters<typeof createDecider>[0];
  readonly facts: Facts;
  readonly nowMs: number;
}

type Permits = (subjectPlaces: readonly Claim<Place>[]) => readonly string[];

function permitsIn({ policy, facts, nowMs }: World): Permits {
  const decider = createDecider(policy);
  return (subjectPlaces) => lawful(decider.decide({ ...facts, subjectPlaces }, nowMs));
}

function lawful(decision: Decision): readonly string[] {
  return decision.kind === "permit" ? decision.permit.terms.endpoints.map(({ id }) => id) : [];
}

function anyDeclared(): fc.Arbitrary<readonly Claim<Place>[]> {
  return fc
    .array(anyPlaceClaim, { minLength: 1, maxLength: 3 })
    .map((claims) => claims.map(({ value }) => ({ value, basis: "tenant-contract" })));
}

function unlike(basis: Basis, claims: readonly Claim<Place>[]): readonly Claim<Place>[] {
  return claims.filter((claim) => claim.basis !== basis);
}

function claimsOf(places: string, basis: Basis): readonly Claim<Place>[] {
  return placeList(places).map((value) => ({ value, basis }));
}

/** The cells of every row under the heading. */
function truthTable(): readonly (readonly string[])[] {
  const rows = page.slice(page.indexOf("## The truth table")).split("\n");
  return rows
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
