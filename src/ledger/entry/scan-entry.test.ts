// The one-pass reader against the step-by-step one: whatever the first accepts, the second reads as the same entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonicalJson, decodeUtf8, encodeUtf8, type Json } from "../../base/index.ts";
import {
  abroadEntry,
  answeredAttempt,
  asV1,
  asV2,
  cachedOutcome,
  isOfV2,
  correctionEntry,
  decisionEntry,
  endpointEntries,
  failedAttempt,
  importEntry,
  liftEntry,
  lifecycleEntries,
  openedEntry,
  outcomeEntry,
  policyEntry,
  refusalEntry,
  requestId,
  suspensionEntry,
  transferEntry,
  violationEntry,
} from "../../../test/support/ledger-entries.ts";
import { encodeEntry, explainEntry, parseEntry, scanEntry } from "./entry-schema.ts";
import type { Entry, WrittenEntry } from "./entry.ts";

const rid = requestId(1);
const written: readonly WrittenEntry[] = [
  openedEntry(1, 1),
  { ...openedEntry(1, 1), previous: { origin: "o", size: 0, root: "0".repeat(64) } },
  decisionEntry(1),
  abroadEntry(1),
  refusalEntry(1),
  outcomeEntry(2, 1, rid),
  { ...outcomeEntry(2, 1, rid), answeredBy: null, result: "failed", attempts: [] },
  {
    ...outcomeEntry(2, 1, rid),
    attempts: [failedAttempt("fra-2", "timeout"), answeredAttempt()],
    answeredBy: 1,
  },
  correctionEntry(3, 2),
  cachedOutcome(4, 3, { rid, first: 2 }),
  policyEntry(4),
  transferEntry(2, 1, rid),
  importEntry(2, 1, rid),
  violationEntry(2, 1, rid),
  suspensionEntry(1),
  liftEntry(1),
  ...lifecycleEntries(1),
  ...endpointEntries(1),
];
const newKinds: ReadonlySet<string> = new Set(["correction", "quarantine", "release", "policy"]);
const entries: readonly Entry[] = [
  ...written,
  ...written.filter(isOfV2).map(asV2),
  ...written.filter((entry) => isOfV2(entry) && !newKinds.has(entry.t)).map(asV1),
];
const texts = entries.map((entry) => canonicalJson(entry as unknown as Json));

test("every kind of entry is read in one pass, as the same value", () => {
  for (const [at, text] of texts.entries()) assert.deepEqual(scanEntry(text), entries[at]);
});

test("what needs an escape is read step by step, and is an entry all the same", () => {
  const quoting = suspension('the "safe" harbour \\ its end, § 4 – naïve 𝔄');
  const text = decodeUtf8(encodeEntry(quoting)) ?? "";
  assert.equal(scanEntry(text), undefined);
  assert.deepEqual(parseEntry(encodeUtf8(text)), { ok: true, value: quoting });
  const plain = suspension("the safe harbour, § 4 – naïve 𝔄");
  assert.deepEqual(scanEntry(decodeUtf8(encodeEntry(plain)) ?? ""), plain);
});

test("no truncation is an entry for either", () => {
  for (const text of texts) {
    for (let length = 0; length < text.length; length++) assertAgreed(text.slice(0, length), false);
  }
});

test("no bit flip reads as two different things", () => {
  for (const text of texts) {
    const bytes = encodeUtf8(text);
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = decodeUtf8(bytes.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte)));
        if (flipped !== null) assertAgreed(flipped);
      }
    }
  }
});

const members = (text: string): string[] =>
  Object.entries(JSON.parse(text) as object).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );

test("members in another order, twice, missing or added are no entry for either", () => {
  for (const text of texts) {
    const own = members(text);
    for (let at = 0; at < own.length; at++) {
      const member = own[at] ?? "";
      const [before, after] = [own.slice(0, at), own.slice(at + 1)];
      for (const changed of [
        [...before, ...after],
        [...after, ...before, member].toReversed(),
        [...before, member, member, ...after],
        [...before, '"a":1', member, ...after],
        [...before, '"t":"decision"', member, ...after],
        [...before, '"__proto__":null', member, ...after],
      ]) {
        assertAgreed(`{${changed.join(",")}}`, false);
      }
    }
  }
});

const spellings: readonly (readonly [pattern: RegExp, ...spellings: string[]])[] = [
  [
    /1795000000001/,
    "1795000000001.0",
    "01795000000001",
    "1.795000000001e12",
    "-1795000000001",
    "9007199254740992",
  ],
  [
    /1795000000001/,
    "9007199254740993",
    "18446744073709551616",
    "1e400",
    "",
    "null",
    '"1795000000001"',
    "1795000000001 ",
  ],
  [/"v":3/, '"v":2', '"v":4', '"v":33', '"v":3.0', '"v":03', '"v":3e0'],
  [/"v":2/, '"v":1', '"v":3', '"v":22', '"v":2.0', '"v":"2"', '"v":02', '"v":2e0', '"v":null'],
  [/"v":1/, '"v":2', '"v":1.0', '"v":01', '"v":10', '"v": 1', '"v":1e0', '"v":-1', '"v":true'],
  [
    /"DE"/,
    '"\\u0044E"',
    '"de"',
    '"XX"',
    '"DE "',
    '"D\\u0045"',
    '"\ud800"',
    '"\\ud800"',
    '"DE\\""',
    '""',
    "null",
  ],
  [
    /"eu-frankfurt"/,
    '"eu-frankfurt\\n"',
    '"eu-frank\\/furt"',
    '"eu-frankfurt\u2028"',
    '"eu\u0000"',
    '"é"',
    `"${"a".repeat(65)}"`,
  ],
  [
    /"scc-2021-914-m2"/,
    '"\\ud83d"',
    '"\ud83d"',
    '"a\\"b"',
    '"a\\\\b"',
    '"a\\u005cb"',
    '"a\tb"',
    '"\u007f"',
    '"😀"',
    `"${"😀".repeat(404)}"`,
    `"${"a".repeat(405)}"`,
  ],
  [/\[\]/, "[ ]", "[,]", "[null]", "{}", "[[]]"],
  [
    /\["personal"\]/,
    '["personal",]',
    '[,"personal"]',
    '["personal""personal"]',
    '["personal" ,"x"]',
    '["personal","x"]',
  ],
  [
    /\{"tia":"TIA-17"\}/,
    "{}",
    '{"tia":"TIA-17",}',
    '{,"tia":"x"}',
    '{"tia":"x","tia":"x"}',
    '{"b":"x","a":"x"}',
    '{"a":"x","b":"x"}',
    '{"t":"outcome"}',
    '{"1":"x"}',
    '{"":"x"}',
    "[]",
  ],
  [/false/, "true", "False", "falsey", "0", "null"],
  [/null/, "nul", "nullx", "0", '"null"', "{}"],
  [/"t":"decision"/, '"t":"outcome"', '"t":"Decision"', '"t":"constructor"', '"t":null', '"t" :"decision"'],
];

test("every other spelling of a number, a string, a list or a word is read alike", () => {
  for (const text of texts) {
    for (const [pattern, ...others] of spellings)
      for (const other of others) assertAgreed(text.replace(pattern, () => other));
    for (const space of [" ", "\n", "\t", "\ufeff"]) {
      for (let at = 0; at <= text.length; at++) assertAgreed(text.slice(0, at) + space + text.slice(at));
    }
  }
});

test("texts that are spliced from others are read alike", () => {
  const piece = fc.tuple(fc.constantFrom(...texts), fc.nat(900), fc.nat(60));
  const spliced = fc.tuple(fc.constantFrom(...texts), fc.nat(900), fc.nat(60), piece);
  fc.assert(
    fc.property(spliced, ([text, at, length, [other, from, taken]]) => {
      assertAgreed(text.slice(0, at) + other.slice(from, from + taken) + text.slice(at + length));
    }),
    { numRuns: 5000 },
  );
});

function assertAgreed(text: string, isEntry?: boolean): void {
  const scanned = scanEntry(text);
  const explained = explainEntry(text);
  if (isEntry !== undefined) assert.equal(explained.ok, isEntry, text);
  if (scanned === undefined) return;
  assert.deepEqual(explained, { ok: true, value: scanned }, text);
}

function suspension(name: string): WrittenEntry {
  return { ...suspensionEntry(1), target: { kind: "mechanism", name } };
}
