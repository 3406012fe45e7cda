import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellId, EndpointId } from "../base/index.ts";
import {
  decideOnce,
  sampleCell,
  sampleEndpoint,
  samplePolicy,
  sampleRegime,
  siting,
} from "../../test/support/law-samples.ts";
import * as door from "./index.ts";
import { Permit, type PermitTerms } from "./permit.ts";

const policy = samplePolicy({
  regimes: [sampleRegime({ effective: { fromMs: null, untilMs: 100 } })],
  cells: [sampleCell("cell", siting("DE"))],
  endpoints: ["a", "b", "c"].map((id) => sampleEndpoint(id, "cell", siting("DE"))),
});
const [a, b] = ["a", "b"] as EndpointId[] as [EndpointId, EndpointId];

test("a look-alike neither compiles nor passes", () => {
  const real = issued();
  const lookAlike = {
    terms: real.terms,
    endpoint: (id: EndpointId) => real.endpoint(id),
    covers: () => true,
    narrow: () => real,
  };
  // @ts-expect-error a class with a private field is not a shape
  const permit: Permit = lookAlike;
  assert.equal(Permit.isPermit(permit), false);
});

const forgeries: readonly { readonly title: string; readonly forge: () => unknown }[] = [
  { title: "an object with the permit's prototype", forge: () => Object.create(Permit.prototype) },
  { title: "an object whose prototype is a permit", forge: () => Object.create(issued()) },
  { title: "a proxy of a permit", forge: () => new Proxy(issued(), {}) },
  { title: "a copy of a permit", forge: () => Object.assign({}, issued()) },
  { title: "a clone of a permit", forge: () => structuredClone(issued()) },
  { title: "a permit's JSON", forge: () => JSON.parse(JSON.stringify(issued())) as unknown },
  { title: "null", forge: () => null },
  { title: "a function", forge: () => Permit },
];

for (const { title, forge } of forgeries) {
  test(`${title} is not a permit`, () => {
    const forged = forge();
    assert.equal(Permit.isPermit(forged), false);
    assert.throws(() => Permit.prototype.covers.call(forged as Permit, a, 0), TypeError);
  });
}

const terms: PermitTerms = issued().terms;

test("nobody outside can construct one: neither with a symbol of the same name, nor by subclass or Reflect", () => {
  const wrongKey = Symbol("issuer") as never;
  class Forged extends Permit {
    constructor() {
      super(wrongKey, terms);
    }
  }
  for (const forge of [
    () => new Permit(wrongKey, terms),
    () => new Permit(undefined as never, terms),
    () => new Forged(),
    () => Reflect.construct(Permit, [wrongKey, terms]) as unknown,
    () => Reflect.construct(Permit, [Symbol.for("issuer"), terms], Object) as unknown,
  ]) {
    assert.throws(forge, new TypeError("a permit is issued only by decide()"));
  }
});

test("the room's door does not hand out what issues permits", () => {
  assert.ok(!("issuePermit" in door));
});

test("nothing about a permit can be assigned to", () => {
  const permit = issued();
  const attempts: readonly (() => unknown)[] = [
    () => Object.assign(permit, { terms: { ...terms, expiresAtMs: null } }),
    () => Object.assign(permit, { covers: () => true }),
    () => Object.assign(permit.terms, { expiresAtMs: null }),
    () => Object.assign(permit.terms.endpoints, { 0: terms.endpoints[1] }),
    () => Object.assign(permit.endpoint(a) ?? {}, { isTransfer: true }),
    () => (permit.terms.endpoints as unknown[]).push({ id: "d" }),
    () => Object.assign(permit.endpoint(a)?.computes ?? [], { 0: "US" }),
    () => Object.assign(Permit.prototype, { covers: () => true }),
    () => Object.assign(Permit, { isPermit: () => true }),
    () => Object.setPrototypeOf(permit, { covers: () => true }) as unknown,
  ];
  for (const attempt of attempts) assert.throws(attempt, TypeError);
  assert.equal(permit.covers(a, 100), false);
  assert.equal(permit.covers("d" as EndpointId, 0), false);
});

test("a permit covers its endpoints until just before it expires, and nothing from then on", () => {
  const permit = issued();
  assert.equal(permit.terms.expiresAtMs, 100);
  assert.equal(permit.covers(a, 99), true);
  assert.equal(permit.covers(a, 100), false);
  assert.equal(permit.covers(a, Number.NaN), false);
  assert.equal(permit.covers("nobody" as EndpointId, 0), false);
});

test("narrowing keeps the terms and never brings an endpoint back", () => {
  const narrowed = issued().narrow(({ id }) => id === a);
  assert.ok(Permit.isPermit(narrowed));
  assert.equal(narrowed.covers(a, 0), true);
  assert.equal(narrowed.covers(b, 0), false);
  assert.equal(narrowed.covers(a, 100), false);
  const widened = narrowed.narrow(() => true);
  assert.deepEqual(widened.terms, narrowed.terms);
  assert.throws(() => Object.assign(narrowed.terms, { expiresAtMs: null }), TypeError);
});

test("narrowing cannot smuggle in an endpoint through the callback", () => {
  const narrowed = issued().narrow((endpoint) => {
    assert.throws(() => Object.assign(endpoint, { id: "d", cell: "other" as CellId }), TypeError);
    return true;
  });
  assert.deepEqual(narrowed.terms, terms);
});

function issued(): Permit {
  const decision = decideOnce(policy);
  assert.ok(decision.kind === "permit");
  return decision.permit;
}
