import assert from "node:assert/strict";
import { test } from "node:test";
import { cosign, sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { encodeUtf8, type Result } from "../../base/index.ts";
import { type Checkpoint, formatCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { formatNoteKey } from "./note-key.ts";
import { formatNote, type NoteSigner, signNote } from "./note.ts";
import { cosignatureType } from "./signature-type.ts";
import { formatTrustPolicy, parseTrustPolicy } from "./trust-file.ts";
import { type TrustPolicy, verifyCheckpoint } from "./trust-policy.ts";

const checkpoint: Checkpoint = { origin: "acme.example/log", size: 7, root: sha256() };
const log = signerFrom(1, checkpoint.origin);
const otherLog = signerFrom(2, "other.example/log");
const witnesses = [10, 11, 12, 13].map((seed) => signerFrom(seed, `w${seed}.example`, cosignatureType));
const [w1 = log, w2 = log, w3 = log] = witnesses;
const seconds = 1_795_000_000n;
const vkey = ({ key }: NoteSigner): string => formatNoteKey(key);

test("a policy that is written is read back", () => {
  const [first, second, third] = [w1, w2, w3].map(({ key }) => ({ kind: "witness", key }) as const);
  const inner = {
    kind: "group",
    least: 1,
    members: [second ?? assert.fail(), third ?? assert.fail()],
  } as const;
  const urls = new Map([
    [log.key, "https://log.example/"],
    [w2.key, "https://w2.example/witness"],
  ]);
  const logs = [log.key, otherLog.key];
  for (const trust of [
    { logs, witnesses: [], quorum: { kind: "none" }, urls: new Map() },
    { logs, witnesses: [w1.key], quorum: first ?? assert.fail(), urls: new Map() },
    {
      logs,
      witnesses: [w1.key, w2.key, w3.key],
      quorum: { kind: "group", least: 2, members: [first ?? assert.fail(), inner] },
      urls,
    },
  ] as const) {
    assert.deepEqual(parseTrustPolicy(sha256, formatTrustPolicy(trust)), { ok: true, value: trust });
  }
});

test("the witness of a log's own cell does not count for it nor for those of its replicas, and does for the others", () => {
  const [frankfurt, virginia] = ["DE/eu-frankfurt", "US/us-virginia"].map((cell, at) => ({
    log: signerFrom(20 + at, `acme.example/ledger/${cell}/2026-11`),
    ofReplica: signerFrom(40 + at, `acme.example/ledger/${cell}/a/2026-11`),
    witness: signerFrom(30 + at, `acme.example/witness/${cell}`, cosignatureType),
  }));
  assert.ok(frankfurt && virginia);
  const keys = [frankfurt, virginia].map(({ witness }) => witness.key);
  const trust = {
    logs: [frankfurt, virginia].flatMap(({ log, ofReplica }) => [log.key, ofReplica.key]),
    witnesses: keys,
    quorum: { kind: "group", least: 1, members: keys.map((key) => ({ kind: "witness", key }) as const) },
  } as const;
  const judgedFor = (log: NoteSigner, witness: NoteSigner): Result<Checkpoint, string> => {
    const text = formatCheckpoint({ ...checkpoint, origin: log.key.name });
    const note = formatNote({ text, signatures: [signNote(text, log), cosign(text, seconds, witness)] });
    return verifyCheckpoint(note, trust, verifyEd25519);
  };
  const own = judgedFor(frankfurt.log, frankfurt.witness);
  assert.ok(!own.ok);
  assert.equal(
    own.error,
    "too few witnesses have cosigned: none of those that the quorum names; not yet `acme.example/witness/US/us-virginia`; " +
      "`acme.example/witness/DE/eu-frankfurt` is of this log's own cell and never counts",
  );
  assert.ok(judgedFor(frankfurt.log, virginia.witness).ok);
  assert.ok(judgedFor(virginia.log, frankfurt.witness).ok);
  assert.ok(!judgedFor(frankfurt.ofReplica, frankfurt.witness).ok);
  assert.ok(judgedFor(frankfurt.ofReplica, virginia.witness).ok);
});

test("a policy that is cut anywhere or has any bit flipped is refused, or believes nobody else", () => {
  const written = formatTrustPolicy({
    logs: [log.key],
    witnesses: [],
    quorum: { kind: "none" },
    urls: new Map(),
  });
  for (let at = 0; at < written.length; at++)
    assert.ok(!parseTrustPolicy(sha256, written.subarray(0, at)).ok);
  for (let bit = 0; bit < written.length * 8; bit++) {
    const changed = written.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    const parsed = parseTrustPolicy(sha256, changed);
    assert.ok(!parsed.ok || parsed.value.logs.every(({ id }) => id === log.key.id), `bit ${bit}`);
  }
});

test("a checkpoint that the log signed is believed", () => {
  assert.deepEqual(judged(`log ${vkey(log)}\nquorum none\n`, []), { ok: true, value: checkpoint });
});

test("a checkpoint of another log, or signed by another log, is not believed", () => {
  assert.deepEqual(judged(`log ${vkey(otherLog)}\nquorum none\n`, []), {
    ok: false,
    error: "the policy names no log with this origin",
  });
  const forged = signCheckpoint(checkpoint, otherLog);
  const trust = policy(`log ${vkey(log)}\nlog ${vkey(otherLog)}\nquorum none\n`);
  assert.deepEqual(verifyCheckpoint(forged, trust, verifyEd25519), {
    ok: false,
    error: "no known key has signed",
  });
});

test("witnesses alone make no checkpoint", () => {
  const text = formatCheckpoint(checkpoint);
  const note = formatNote({ text, signatures: [cosign(text, seconds, w1)] });
  const trust = policy(`log ${vkey(log)}\nwitness W ${vkey(w1)}\nquorum W\n`);
  assert.deepEqual(verifyCheckpoint(note, trust, verifyEd25519), {
    ok: false,
    error: "the log itself has not signed",
  });
});

const threeWitnesses = `log ${vkey(log)}\nwitness A ${vkey(w1)}\nwitness B ${vkey(w2)}\nwitness C ${vkey(w3)}\n`;
const quorums = [
  { title: "one named witness", lines: "quorum A\n", met: [[w1], [w1, w2]], unmet: [[], [w2]] },
  { title: "any of three", lines: "group G any A B C\nquorum G\n", met: [[w3]], unmet: [[]] },
  { title: "two of three", lines: "group G 2 A B C\nquorum G\n", met: [[w1, w3]], unmet: [[w1], [w1, w1]] },
  { title: "all of three", lines: "group G all A B C\nquorum G\n", met: [[w1, w2, w3]], unmet: [[w1, w2]] },
  {
    title: "a group in a group",
    lines: "group G 1 A B\ngroup H all G C\nquorum H\n",
    met: [
      [w1, w3],
      [w2, w3],
    ],
    unmet: [[w1, w2], [w3]],
  },
  { title: "none", lines: "quorum none\n", met: [[]], unmet: [] },
];

for (const { title, lines, met, unmet } of quorums) {
  test(`a quorum of ${title} is met by enough cosignatures and by nothing less`, () => {
    for (const cosigners of met)
      assert.deepEqual(judged(threeWitnesses + lines, cosigners), { ok: true, value: checkpoint });
    for (const cosigners of unmet) {
      const verdict = judged(threeWitnesses + lines, cosigners);
      assert.ok(!verdict.ok);
      assert.match(verdict.error, /^too few witnesses have cosigned: /);
    }
  });
}

test("white space, comments, URLs and the order of logs and witnesses do not matter", () => {
  const text = [
    "# who is believed",
    "",
    `\twitness  A\t${vkey(w1)} https://witness.example/ `,
    "   # ünïcode in a comment",
    `log ${vkey(log)} https://acme.example/log`,
    "quorum A",
    "",
  ].join("\n");
  assert.deepEqual(judged(text, [w1]), { ok: true, value: checkpoint });
});

const refused = [
  { lines: "", error: "there is no `quorum` line" },
  { lines: "quorum none\nquorum none\n", error: "line 6: there is a `quorum` line already" },
  { lines: "quorum D\n", error: "line 5: `D` is not defined on a line before" },
  { lines: "quorum A B\n", error: "line 5: expected `quorum <name>` or `quorum none`" },
  { lines: "group G 3 A B\n", error: "line 5: a group of 2 needs `all`, `any` or a number from 1 to 2" },
  { lines: "group G 0 A\n", error: "line 5: a group of 1 needs `all`, `any` or a number from 1 to 1" },
  { lines: "group G any\n", error: "line 5: expected `group <name> all|any|<k> <name>...`" },
  { lines: "group G any A none\n", error: "line 5: `none` is not defined on a line before" },
  { lines: "group G any A A\n", error: "line 5: `A` is a member already" },
  { lines: "group G any A\ngroup H any A\n", error: "line 6: `A` is a member already" },
  { lines: "group A any B\n", error: "line 5: `A` is defined already" },
  { lines: "group none any B\n", error: "line 5: `none` is defined already" },
  { lines: `log ${vkey(log)}\n`, error: "line 5: a line before has the same public key" },
  { lines: `witness D ${vkey(w1)}\n`, error: "line 5: a line before has the same public key" },
  { lines: `witness A ${vkey(witnesses[3] ?? log)}\n`, error: "line 5: `A` is defined already" },
  { lines: `witness D ${vkey(log)}\n`, error: "line 5: a witness's key has signature type 4" },
  { lines: `log ${vkey(w1)}\n`, error: "line 5: a log's key has signature type 1" },
  { lines: "log\n", error: "line 5: expected `log <vkey> [<url>]`" },
  { lines: "trust me\n", error: "line 5: it begins with none of `log`, `witness`, `group`, `quorum`, `#`" },
  { lines: "quorum none\r\n", error: "line 5: it holds a control character" },
  { lines: "quorum none", error: "the policy does not end with a newline" },
];

for (const { lines, error } of refused) {
  test(`a policy is refused where ${error}`, () => {
    assert.deepEqual(parseTrustPolicy(sha256, encodeUtf8(threeWitnesses + lines)), { ok: false, error });
  });
}

function policy(text: string): TrustPolicy {
  const parsed = parseTrustPolicy(sha256, encodeUtf8(text));
  return parsed.ok ? parsed.value : assert.fail(parsed.error);
}

function judged(text: string, cosigners: readonly NoteSigner[]): Result<Checkpoint, string> {
  const note = formatCheckpoint(checkpoint);
  const signatures = [signNote(note, log), ...cosigners.map((witness) => cosign(note, seconds, witness))];
  return verifyCheckpoint(formatNote({ text: note, signatures }), policy(text), verifyEd25519);
}
