import assert from "node:assert/strict";
import { test } from "node:test";
import { countryCodes, subdivisionsWithOwnCode } from "./iso-3166.ts";
import {
  agreesWith,
  countryOf,
  exclusionOf,
  includesPlace,
  mayLieIn,
  membersOf,
  parsePlace,
  type Place,
  type PlaceSet,
  unionOf,
} from "./place.ts";
import { zones } from "./zone.ts";

for (const text of ["DE", "NO", "RE", "SJ", "CA-QC", "US-CA", "AE-DU", "GB-ENG", "AE+DIFC", "PT-20", "XK"]) {
  test(`\`${text}\` is a place`, () => {
    assert.deepEqual(parsePlace(text), { ok: true, value: text });
  });
}

const refused = [
  { text: "UK", says: "write `GB`" },
  { text: "EL", says: "write `GR`" },
  { text: "UK-ENG", says: "write `GB-ENG`" },
  { text: "de", says: "upper case: `DE`" },
  { text: "Ca-qc", says: "upper case: `CA-QC`" },
  { text: "uk", says: "upper case: `GB`" },
  { text: "uk-eng", says: "upper case: `GB-ENG`" },
  { text: "EU", says: "not a country code that ISO 3166-1 assigns" },
  { text: "ZZ", says: "not a country code that ISO 3166-1 assigns" },
  { text: "AN", says: "not a country code that ISO 3166-1 assigns" },
  { text: "NO-21", says: "write `SJ`" },
  { text: "FR-NC", says: "write `NC`" },
  { text: "NL-BQ1", says: "write `BQ`" },
  { text: "CN-HK", says: "write `HK`" },
  { text: "DK-GL", says: "write `GL`" },
  { text: "NO-SJ", says: "write `SJ`" },
  { text: "GB-GI", says: "write `GI`" },
  { text: "PT-BR", says: "write `BR`" },
  { text: "FR-999", says: "not a subdivision that ISO 3166-2 assigns" },
  { text: "US-ZZ", says: "not a subdivision that ISO 3166-2 assigns" },
  { text: "FR-75", says: "not a subdivision that ISO 3166-2 assigns" },
  { text: "XK-01", says: "not a subdivision that ISO 3166-2 assigns" },
  { text: "", says: "expected an ISO 3166 code" },
  { text: "DEU", says: "expected an ISO 3166 code" },
  { text: "DE ", says: "expected an ISO 3166 code" },
  { text: "DE\n", says: "expected an ISO 3166 code" },
  { text: "DE-", says: "expected an ISO 3166 code" },
  { text: "AE+D", says: "expected an ISO 3166 code" },
  { text: "global", says: "expected an ISO 3166 code" },
  { text: "false", says: "expected an ISO 3166 code" },
] as const;

for (const { text, says } of refused) {
  test(`${JSON.stringify(text)} is refused, and the message says: ${says}`, () => {
    const parsed = parsePlace(text);
    assert.ok(!parsed.ok);
    assert.ok(parsed.error.includes(says), parsed.error);
  });
}

test("ISO 3166-1 assigns exactly 249 codes, and ours are all two capital letters", () => {
  assert.equal(countryCodes.size, 249);
  for (const code of countryCodes) assert.match(code, /^[A-Z]{2}$/);
});

test("a subdivision with a country code of its own points to a code that is assigned", () => {
  for (const [subdivision, own] of subdivisionsWithOwnCode) {
    assert.ok(countryCodes.has(own), own);
    assert.match(subdivision, /^(CN|FI|FR|NL|NO|US)-[A-Z0-9]{1,3}$/);
  }
});

test("a country in a set stands for its subdivisions; a subdivision does not stand for its country", () => {
  assert.ok(includesPlace(places("CA"), place("CA-QC")));
  assert.ok(includesPlace(places("AE"), place("AE+DIFC")));
  assert.ok(!includesPlace(places("CA-QC"), place("CA")));
  assert.ok(!includesPlace(places("CA-QC"), place("CA-ON")));
  assert.equal(countryOf(place("AE+DIFC")), "AE");
});

test("a bare country means what has no code of its own, in homes and in conditions alike", () => {
  assert.ok(!mayLieIn(places("AE+DIFC"), place("AE")));
  assert.ok(!mayLieIn(places("CN+SHFTZ"), place("CN")));
  assert.ok(mayLieIn(places("AE-DU"), place("AE")));
  for (const set of [
    places("AE"),
    places("AE+DIFC"),
    places("AE+DIFC", "AE+ADGM"),
    places("DE", "AE+ADGM"),
  ]) {
    assert.equal(mayLieIn(set, place("AE")), includesPlace(set, place("AE")));
  }
});

test("a country may lie in a set that holds a part of it", () => {
  assert.ok(mayLieIn(places("CA-QC"), place("CA")));
  assert.ok(mayLieIn(places("CA"), place("CA-QC")));
  assert.ok(!mayLieIn(places("CA-QC"), place("CA-ON")));
  assert.ok(!mayLieIn(places("CA-QC"), place("US")));
});

test("evidence of a country agrees with a permitted part of it, evidence of another part or country does not", () => {
  assert.deepEqual(
    ["CA-QC", "CA", "CA-ON", "US"].map((place) => shown("CA-QC DE", place)),
    [true, true, false, false],
  );
  assert.deepEqual([shown("DE", "DE-BY"), shown("", "DE")], [true, false]);
});

/** Whether evidence of `place` agrees with what is permitted. */
function shown(permitted: string, place: string): boolean {
  return agreesWith(new Set(permitted.split(" ").filter(Boolean) as Place[]), place as Place);
}

test("an exclusion takes a part out of its country, and the bare country stands for the rest", () => {
  const mainland: PlaceSet = new Set([place("AE"), exclusionOf(place("AE+DIFC"))]);
  assert.ok(includesPlace(mainland, place("AE")));
  assert.ok(includesPlace(mainland, place("AE-DU")));
  assert.ok(includesPlace(mainland, place("AE+ADGM")));
  assert.ok(!includesPlace(mainland, place("AE+DIFC")));
  assert.ok(!mayLieIn(mainland, place("AE+DIFC")));
  assert.ok(mayLieIn(mainland, place("AE")));
  assert.deepEqual(membersOf(mainland), ["AE"]);
});

test("what stands in a set by its own name is in it, whatever else is excluded", () => {
  const both: PlaceSet = new Set([place("AE"), exclusionOf(place("AE+DIFC")), place("AE+DIFC")]);
  assert.ok(includesPlace(both, place("AE+DIFC")));
});

test("a union holds what one set leaves out and another holds", () => {
  const mainland: PlaceSet = new Set([
    place("AE"),
    exclusionOf(place("AE+DIFC")),
    exclusionOf(place("AE+ADGM")),
  ]);
  const union = unionOf([mainland, places("AE+ADGM"), places("US")]);
  assert.deepEqual([...union].toSorted(), ["!AE+DIFC", "AE", "AE+ADGM", "US"]);
  assert.deepEqual([...unionOf([mainland, places("AE")])], ["AE"]);
});

test("Hong Kong and Macao are places of their own, which a rule on China has to name", () => {
  assert.ok(!includesPlace(places("CN"), place("HK")));
  assert.ok(!mayLieIn(places("CN"), place("MO")));
});

test("the EU has 27 member states and 7 territories with codes of their own; the EEA has 3 states more", () => {
  assert.equal(zone("EU").size, 34);
  assert.equal(zone("EEA").size, 37);
});

// Overrides for what continent or dependency data gets wrong: TFEU Art. 349 and 355, EEA Agreement Protocol 40.
const membership = [
  { code: "RE", isEu: true, isEea: true },
  { code: "YT", isEu: true, isEea: true },
  { code: "AX", isEu: true, isEea: true },
  { code: "GR", isEu: true, isEea: true },
  { code: "NO", isEu: false, isEea: true },
  { code: "IS", isEu: false, isEea: true },
  { code: "LI", isEu: false, isEea: true },
  { code: "CH", isEu: false, isEea: false },
  { code: "GB", isEu: false, isEea: false },
  { code: "SJ", isEu: false, isEea: false },
  { code: "GL", isEu: false, isEea: false },
  { code: "NC", isEu: false, isEea: false },
  { code: "JE", isEu: false, isEea: false },
  { code: "TR", isEu: false, isEea: false },
  { code: "GG", isEu: false, isEea: false },
  { code: "IM", isEu: false, isEea: false },
  { code: "GI", isEu: false, isEea: false },
  { code: "PF", isEu: false, isEea: false },
  { code: "XK", isEu: false, isEea: false },
  // The whole island: ISO has no code for its north, where Union law is suspended.
  { code: "CY", isEu: true, isEea: true },
  { code: "PT-20", isEu: true, isEea: true },
  { code: "ES-CN", isEu: true, isEea: true },
] as const;

for (const { code, isEu, isEea } of membership) {
  test(`${code} is ${isEu ? "" : "not "}in the EU and ${isEea ? "" : "not "}in the EEA`, () => {
    assert.equal(includesPlace(zone("EU"), place(code)), isEu);
    assert.equal(includesPlace(zone("EEA"), place(code)), isEea);
  });
}

test("every member of every zone is a place", () => {
  for (const members of zones.values())
    for (const member of members) assert.ok(parsePlace(member).ok, member);
});

function zone(name: string): PlaceSet {
  const found = zones.get(name);
  assert.ok(found);
  return found;
}

function place(text: string): Place {
  const parsed = parsePlace(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function places(...texts: string[]): ReadonlySet<Place> {
  return new Set(texts.map(place));
}
