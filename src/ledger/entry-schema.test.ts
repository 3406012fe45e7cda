import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  allowedEndpoint,
  decisionEntry,
  importEntry,
  lifecycleEntries,
  liftEntry,
  openedEntry,
  outcomeEntry,
  refusalEntry,
  requestId,
  suspensionEntry,
  transferEntry,
  violationEntry,
} from "../../test/support/ledger-entries.ts";
import { canonicalJson, decodeUtf8, encodeUtf8, type Json } from "../base/index.ts";
import { encodeEntry, InvalidEntryError, parseEntry } from "./entry-schema.ts";
import { type Entry, maxEntryBytes } from "./entry.ts";
import { fitDecision } from "./fit-decision.ts";

const entries: readonly Entry[] = [
  openedEntry(0, 1),
  decisionEntry(1),
  refusalEntry(2),
  outcomeEntry(3, 1, requestId(1)),
  violationEntry(4, 1, requestId(1)),
  transferEntry(5, 1, requestId(1)),
  suspensionEntry(6),
  liftEntry(7),
  importEntry(8, 1, requestId(1)),
  ...lifecycleEntries(9),
];

for (const entry of entries) {
  const title = entry.t === "decision" ? `${entry.t} to ${entry.verdict}` : entry.t;

  test(`the entry \`${title}\` reads back as it was written, in canonical form`, () => {
    const bytes = encodeEntry(entry);
    assert.equal(decodeUtf8(bytes), canonicalJson(entry as unknown as Json));
    assert.deepEqual(parseEntry(bytes), { ok: true, value: entry });
  });

  test(`the entry \`${title}\` is refused when cut anywhere`, () => {
    const bytes = encodeEntry(entry);
    for (let at = 0; at < bytes.length; at++)
      assert.ok(!parseEntry(bytes.subarray(0, at)).ok, `cut at ${at}`);
  });

  test(`the entry \`${title}\` with a flipped bit is refused or is another entry, and never throws`, () => {
    const bytes = encodeEntry(entry);
    for (let at = 0; at < bytes.length * 8; at++) {
      const changed = bytes.map((byte, index) => (index === at >> 3 ? byte ^ (1 << (at & 7)) : byte));
      assert.notDeepEqual(parseEntry(changed), { ok: true, value: entry });
    }
  });

  test(`the entry \`${title}\` may lack no member, at any depth, and may have no other`, () => {
    for (const changed of [...withoutOne(toJson(entry)), ...withOneMore(toJson(entry))]) {
      assert.ok(!parseEntry(encodeUtf8(canonicalJson(changed))).ok, canonicalJson(changed));
    }
  });

  test(`the entry \`${title}\` may hold no free text, but in what quotes the policy`, () => {
    for (const changed of withEachText(toJson(entry), "My name is Ada & I live in Bonn!")) {
      assert.ok(!parseEntry(encodeUtf8(canonicalJson(changed))).ok, canonicalJson(changed));
    }
  });

  test(`the entry \`${title}\` may hold no value of another kind in any member`, () => {
    for (const value of [0.5, -1, 1e300, true, [], {}, ""]) {
      for (const changed of withEachLeaf(toJson(entry), value)) {
        if (canonicalJson(changed) === canonicalJson(toJson(entry))) continue;
        const parsed = parseEntry(encodeUtf8(canonicalJson(changed)));
        assert.ok(!parsed.ok || typeof value === "boolean", canonicalJson(changed));
      }
    }
  });
}

test("the specification names every member of every entry", () => {
  const specification = readFileSync(new URL("../../docs/spec/ledger.md", import.meta.url), "utf8");
  for (const entry of entries) {
    assert.ok(specification.includes(`**\`${entry.t}\`**`), entry.t);
    for (const member of Object.keys(entry)) assert.ok(specification.includes(`\`${member}\``), member);
  }
});

const json = decodeUtf8(encodeEntry(decisionEntry(1))) ?? "";
const respelt = [
  { title: "white space", json: json.replace(":", ": ") },
  { title: "members in another order", json: JSON.stringify(decisionEntry(1)) },
  { title: "a member twice", json: json.replace('"v":1', '"v":1,"v":1') },
  { title: "an escape that is not needed", json: json.replace("assistant", "\\u0061ssistant") },
  { title: "a number in another spelling", json: json.replace('"v":1', '"v":1.0') },
  { title: "a byte order mark", json: `\ufeff${json}` },
  { title: "something after it", json: `${json} ` },
];

for (const { title, json } of respelt) {
  test(`the same values spelt with ${title} are no entry`, () => {
    assert.ok(!parseEntry(encodeUtf8(json)).ok);
  });
}

test("what is no object, or of no known kind, is refused without naming its value", () => {
  for (const json of [
    "null",
    "1",
    '"opened"',
    "[]",
    "{}",
    '{"t":"secret"}',
    '{"t":"toString"}',
    '{"t":["opened"]}',
  ]) {
    assert.deepEqual(parseEntry(encodeUtf8(json)), {
      ok: false,
      error:
        "entry.t: not one of opened, decision, transfer, import, outcome, violation, legal, closed, erasure, hold, disclosure, access, retention, worm, key, fork",
    });
  }
  assert.deepEqual(parseEntry(Uint8Array.of(0xff)), { ok: false, error: "the entry is not UTF-8" });
});

test("a fault is named by its place and by what was expected, not by its value", () => {
  const entry = decisionEntry(1);
  const wrong = { ...entry, places: [...entry.places, { place: "SECRET" as never, basis: "header" }] };
  assert.throws(() => encodeEntry(wrong), new InvalidEntryError("entry.places[1].place: not a place"));
});

test("a ground quotes its instrument with the scope that its pack states", () => {
  const instrument = "(EU) 2019/419 (private sector; under the Supplementary Rules)";
  const [endpoint = assert.fail()] = decisionEntry(1).allowed;
  const grounds = endpoint.grounds.map((ground) => ({ ...ground, instrument }));
  assert.doesNotThrow(() => encodeEntry({ ...decisionEntry(1), allowed: [{ ...endpoint, grounds }] }));
});

test("a permit that allows nothing, or a refusal without an error, is not written", () => {
  for (const change of [
    { allowed: [] },
    { error: "policy_misdirected" },
    { allowedCount: 0 },
    { blockedCount: 0 },
  ]) {
    assert.throws(() => encodeEntry({ ...decisionEntry(1), ...change }), InvalidEntryError);
  }
  assert.throws(() => encodeEntry({ ...refusalEntry(1), error: null }), InvalidEntryError);
});

test("an outcome that says complete says where", () => {
  assert.throws(
    () => encodeEntry({ ...outcomeEntry(3, 1, requestId(1)), executed: null }),
    InvalidEntryError,
  );
});

test("a decision that fits is left as it is", () => {
  const { allowedCount: _, blockedCount: __, ...whole } = decisionEntry(1);
  assert.deepEqual(fitDecision(whole), decisionEntry(1));
});

test("a decision over a hundred endpoints fits, keeps the best of them, says how many there were and names every rule", () => {
  for (const count of [10, 20, 50, 100]) {
    const names = Array.from({ length: count }, (_, index) => `endpoint-${index}`);
    const entry = fitDecision({
      ...decisionEntry(1),
      allowed: names.map(allowedEndpoint),
      blocked: names.map((name, index) => ({
        target: name as never,
        rule: index < count - 1 ? "eu-gdpr" : "ru-152",
      })),
    });
    assert.ok(encodeEntry(entry).length <= maxEntryBytes);
    assert.equal(entry.allowedCount, count);
    assert.equal(entry.blockedCount, count);
    assert.ok(entry.allowed.length >= Math.min(count, 15), `${entry.allowed.length} of ${count}`);
    assert.deepEqual(entry.allowed, names.slice(0, entry.allowed.length).map(allowedEndpoint));
  }
});

test("a refusal over a hundred endpoints still names every rule", () => {
  const blocked = Array.from({ length: 100 }, (_, index) => ({
    target: `endpoint-${index}` as never,
    rule: index < 98 ? "eu-gdpr" : `rule-${index}`,
  }));
  const entry = fitDecision({ ...refusalEntry(1), blocked });
  assert.ok(encodeEntry(entry).length <= maxEntryBytes);
  assert.deepEqual(
    new Set(entry.blocked.map(({ rule }) => rule)),
    new Set(["eu-gdpr", "rule-98", "rule-99"]),
  );
  assert.equal(entry.blockedCount, 100);
});

test("a decision that cannot fit is refused by the encoder", () => {
  const places = Array.from({ length: 200 }, () => ({ place: "DE" as never, basis: "tenant-contract" }));
  assert.throws(() => encodeEntry(fitDecision({ ...decisionEntry(1), places })), InvalidEntryError);
});

function toJson(entry: Entry): Json {
  return entry as unknown as Json;
}

/** Every copy of `value` with one leaf replaced. */
function withEachLeaf(value: Json, replacement: Json): Json[] {
  if (typeof value !== "object" || value === null) return [replacement];
  return Object.entries(value).flatMap(([name, member]) =>
    withEachLeaf(member, replacement).map((changed) => replaced(value, name, changed)),
  );
}

/** Members that quote the policy or a pack; `name` is that of a legal event's target. */
const quoting: ReadonlySet<string> = new Set(["instrument", "documents", "name"]);

function withEachText(value: Json, replacement: string): Json[] {
  if (typeof value === "string") return [replacement];
  if (typeof value !== "object" || value === null) return [];
  const coded = Object.entries(value).filter(([member]) => !quoting.has(member));
  return coded.flatMap(([name, member]) =>
    withEachText(member, replacement).map((changed) => replaced(value, name, changed)),
  );
}

function withoutOne(value: Json): Json[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const inside = withoutOne(member).map((changed) => replaced(value, name, changed));
    if (Array.isArray(value) || name === "tia") return inside;
    return [...inside, Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))];
  });
}

function withOneMore(value: Json): Json[] {
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.entries(value).flatMap(([name, member]) =>
    withOneMore(member).map((changed) => replaced(value, name, changed)),
  );
  return Array.isArray(value) ? inside : [...inside, Object.assign({ Extra: "x" }, value)];
}

function replaced(value: Json, name: string, member: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json, at) => (String(at) === name ? member : item));
  return { ...(value as Record<string, Json>), [name]: member };
}
