import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  allowedEndpoint,
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
  lifecycleEntries,
  liftEntry,
  openedEntry,
  outcomeEntry,
  policyEntry,
  refusalEntry,
  requestId,
  suspensionEntry,
  transferEntry,
  violationEntry,
} from "../../../test/support/ledger-entries.ts";
import { canonicalJson, decodeUtf8, encodeUtf8, type Json } from "../../base/index.ts";
import { encodeEntry, type EntryFault, InvalidEntryError, parseEntry } from "./entry-schema.ts";
import { type Entry, maxEntryBytes, type WrittenEntry } from "./entry.ts";
import { fitDecision } from "./fit-decision.ts";

/** In the version that is written. */
const written: readonly WrittenEntry[] = [
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
  ...endpointEntries(9),
  {
    ...outcomeEntry(10, 1, requestId(1)),
    attempts: [failedAttempt("fra-2", "timeout"), answeredAttempt()],
    answeredBy: 1,
  },
  correctionEntry(11, 3),
  policyEntry(12),
  cachedOutcome(13, 1, { rid: requestId(1), first: 3 }),
];
const newKinds: ReadonlySet<string> = new Set(["correction", "quarantine", "release", "policy"]);
const entries: readonly Entry[] = [
  ...written,
  ...written.filter(isOfV2).map(asV2),
  ...written.filter((entry) => isOfV2(entry) && !newKinds.has(entry.t)).map(asV1),
];

for (const entry of written) {
  test(`the entry \`${titleOf(entry)}\` is written in canonical form`, () => {
    assert.equal(decodeUtf8(encodeEntry(entry)), canonicalJson(toJson(entry)));
  });
}

for (const entry of written) {
  test(`the entry \`${titleOf(entry)}\` is written as the same bytes whatever the order of its members, at any depth`, () => {
    assert.deepEqual(encodeEntry(backwards(toJson(entry)) as unknown as WrittenEntry), encodeEntry(entry));
  });

  test(`the entry \`${titleOf(entry)}\` is not written with a member less, a member more, or free text`, () => {
    const value = toJson(entry);
    const changed = [
      ...withoutOne(value),
      ...withOneMore(value),
      ...withEachText(value, "My name is Ada & I live in Bonn!"),
    ];
    for (const each of changed) {
      assert.throws(
        () => encodeEntry(each as unknown as WrittenEntry),
        InvalidEntryError,
        canonicalJson(each),
      );
    }
  });

  test(`the entry \`${titleOf(entry)}\` with another value in any member is written in canonical form, or not at all`, () => {
    for (const value of [0.5, -1, 1e300, true, [], {}, "", "fr-1", "FR", 7, null, "\ud800"]) {
      for (const changed of withEachLeaf(toJson(entry), value)) {
        const bytes = unlessInvalid(changed);
        if (bytes === null) continue;
        assert.equal(decodeUtf8(bytes), canonicalJson(changed));
        assert.ok(parseEntry(bytes).ok, canonicalJson(changed));
      }
    }
  });
}

for (const entry of entries) {
  const title = titleOf(entry);

  test(`the entry \`${title}\` reads back as it was written`, () => {
    assert.deepEqual(parseEntry(bytesOf(entry)), { ok: true, value: entry });
  });

  test(`the entry \`${title}\` is refused when cut anywhere`, () => {
    const bytes = bytesOf(entry);
    for (let at = 0; at < bytes.length; at++)
      assert.ok(!parseEntry(bytes.subarray(0, at)).ok, `cut at ${at}`);
  });

  test(`the entry \`${title}\` with a flipped bit is refused or is another entry, and never throws`, () => {
    const bytes = bytesOf(entry);
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
  const specification = readFileSync(new URL("../../../docs/spec/ledger.md", import.meta.url), "utf8");
  for (const entry of entries) {
    assert.ok(specification.includes(`**\`${entry.t}\`**`), entry.t);
    for (const member of Object.keys(entry)) assert.ok(specification.includes(`\`${member}\``), member);
  }
});

const json = decodeUtf8(encodeEntry(decisionEntry(1))) ?? "";
const respelt = [
  { title: "white space", json: json.replace(":", ": ") },
  { title: "members in another order", json: JSON.stringify(decisionEntry(1)) },
  { title: "a member twice", json: json.replace('"v":3', '"v":3,"v":3') },
  { title: "an escape that is not needed", json: json.replace("assistant", "\\u0061ssistant") },
  { title: "a number in another spelling", json: json.replace('"v":3', '"v":3.0') },
  { title: "a byte order mark", json: `\ufeff${json}` },
  { title: "something after it", json: `${json} ` },
];

for (const { title, json } of respelt) {
  test(`the same values spelt with ${title} are no entry`, () => {
    assert.ok(!parseEntry(encodeUtf8(json)).ok);
  });
}

test("what is no object, or of no known kind, is refused without naming its value", () => {
  for (const json of ["null", "1", '"opened"', "[]", "{}", '{"t":"secret"}']) {
    assert.equal(faultOf(json).reason, "entry.v: not a version");
  }
  for (const kind of ['"secret"', '"toString"', '"__proto__"', '["opened"]', "null"]) {
    assert.match(
      faultOf(`{"t":${kind},"v":3}`).reason,
      /^entry\.t: not one of opened, transfer, .*, policy$/,
    );
    assert.match(faultOf(`{"t":${kind},"v":1}`).reason, /^entry\.t: not one of opened, transfer, .*, fork$/);
  }
  assert.equal(faultOf("", Uint8Array.of(0xff)).reason, "the entry is not UTF-8");
});

test("an entry of a version that nobody here knows is told apart from damage", () => {
  for (const version of ["4", "0", '"2"', "20", "null", "-1"]) {
    const fault = faultOf(`{"a":{"t":"new"},"t":"opened","v":${version}}`);
    assert.equal(fault.kind, "unknown_version", version);
    assert.match(fault.reason, /use a newer release of bailiwick$/);
    assert.equal(fault.version, version === '"2"' || version === "null" ? null : Number(version));
  }
});

test("bytes that are not canonical, or cut, are damage whatever version they name", () => {
  const newer = canonicalJson({ ...(toJson(openedEntry(0, 1)) as Record<string, Json>), v: 4 });
  assert.equal(faultOf(newer).kind, "unknown_version");
  for (const json of [
    newer.slice(0, -1),
    `${newer} `,
    newer.replace(":", ": "),
    '{"v":4,"t":"opened"}',
    '{"v":4,"v":4}',
  ]) {
    assert.equal(faultOf(json).kind, "schema", json);
  }
});

test("a kind that came with version 2 is none of version 1, and an outcome is of its own version alone", () => {
  for (const entry of written.filter(({ t }) => newKinds.has(t) || t === "outcome" || t === "decision")) {
    assert.equal(parseEntry(bytesOf({ ...entry, v: 1 } as Entry)).ok, false, entry.t);
  }
  for (const outcome of written.filter(({ t }) => t === "outcome")) {
    assert.equal(parseEntry(bytesOf({ ...outcome, v: 2 })).ok, false);
    if (isOfV2(outcome)) assert.equal(parseEntry(bytesOf({ ...asV2(outcome), v: 3 } as Entry)).ok, false);
  }
});

test("only the newest version is written", () => {
  assert.throws(
    () => encodeEntry(asV1(openedEntry(0, 1)) as WrittenEntry),
    new InvalidEntryError("entry.v: not 3, the version that is written"),
  );
});

function faultOf(json: string, bytes: Uint8Array = encodeUtf8(json)): EntryFault {
  const parsed = parseEntry(bytes);
  return parsed.ok ? assert.fail(json) : parsed.error;
}

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

test("an outcome that says complete says by whom, and that it was sent there", () => {
  const outcome = outcomeEntry(3, 1, requestId(1));
  for (const change of [{ answeredBy: null }, { answeredBy: 1 }, { attempts: [] }]) {
    assert.throws(() => encodeEntry({ ...outcome, ...change }), InvalidEntryError);
  }
});

test("an answer that was given before was asked of nobody, and what was shown of it has a time", () => {
  const outcome = cachedOutcome(3, 1, { rid: requestId(1), first: 2 });
  assert.doesNotThrow(() => encodeEntry({ ...outcome, result: "aborted", res: null }));
  // What the cell did itself; of which decision that may be said is a rule over the sequence.
  assert.doesNotThrow(() => encodeEntry({ ...outcome, cached: null }));
  const attempted = { ...outcome, attempts: [answeredAttempt()] };
  assert.throws(() => encodeEntry({ ...attempted, cached: null }), InvalidEntryError);
  assert.throws(() => encodeEntry(attempted), InvalidEntryError);
  assert.throws(() => encodeEntry({ ...attempted, answeredBy: 0 }), InvalidEntryError);
  const cached = outcome.cached ?? assert.fail();
  assert.throws(
    () => encodeEntry({ ...outcome, cached: { ...cached, observedAt: null } }),
    InvalidEntryError,
  );
});

test("an attempt that was not sent shows nothing, and what is shown has a time", () => {
  const outcome = { ...outcomeEntry(3, 1, requestId(1)), result: "failed", answeredBy: null } as const;
  const unsent = { ...failedAttempt("fra-1", "unreachable"), sent: false };
  assert.doesNotThrow(() => encodeEntry({ ...outcome, attempts: [unsent] }));
  const { evidence, usage } = answeredAttempt();
  for (const wrong of [
    { ...unsent, evidence, observedAt: 1 },
    { ...unsent, usage },
    { ...unsent, requestId: "req_1" },
    { ...answeredAttempt(), observedAt: null },
    { ...unsent, sent: true, observedAt: 1 },
  ]) {
    assert.throws(() => encodeEntry({ ...outcome, attempts: [wrong] }), InvalidEntryError);
  }
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

function titleOf(entry: Entry): string {
  return `${entry.t === "decision" ? `${entry.t} to ${entry.verdict}` : entry.t}, version ${entry.v}`;
}

function toJson(entry: Entry): Json {
  return entry as unknown as Json;
}

/** Also of a version that is not written any more. */
function bytesOf(entry: Entry): Uint8Array {
  return encodeUtf8(canonicalJson(toJson(entry)));
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

function backwards(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(backwards);
  const members = Object.entries(value).toReversed();
  return Object.fromEntries(members.map(([name, member]) => [name, backwards(member)]));
}

function unlessInvalid(value: Json): Uint8Array | null {
  try {
    return encodeEntry(value as unknown as WrittenEntry);
  } catch (error) {
    if (error instanceof InvalidEntryError) return null;
    throw error;
  }
}
