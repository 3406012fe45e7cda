// What a witness answers, by the words of https://c2sp.org/tlog-witness; and what a log takes from the answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cosign as knownCosign,
  sha256,
  signerFrom,
  verifyEd25519,
} from "../../../test/support/ledger-crypto.ts";
import { WitnessedHistory } from "../../../test/support/witnessed-history.ts";
import { decodeUtf8, encodeUtf8, equalBytes, fromBase64, type Result } from "../../base/index.ts";
import { type Checkpoint, formatCheckpoint, parseCheckpoint, signCheckpoint } from "../note/checkpoint.ts";
import { cosign, takeCosignatures } from "../note/cosignature.ts";
import { emptyRoot } from "../tree/merkle.ts";
import { formatNote, formatSignature, parseNote, signNote } from "../note/note.ts";
import { cosignatureType } from "../note/signature-type.ts";
import { type Judgement, judgeSubmission, type WitnessedLog } from "./witness-judgement.ts";
import { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from "./witness-request.ts";

const origin = "acme.example/ledger/de/eu-frankfurt/2026-11";
const log = signerFrom(1, origin);
const witness = signerFrom(2, "acme.example/witness/us/us-virginia", cosignatureType);
const verifiers = { sha256, verifyEd25519 };
const history = new WitnessedHistory(log);
const empty: Checkpoint = { origin, size: 0, root: emptyRoot(sha256) };
const fork = { size: 5, root: sha256(encodeUtf8("another history")) };

test("the example request of the specification is read", () => {
  const body =
    "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n" +
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n" +
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
    "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
  const { oldSize, proof, checkpoint, note } = value(parseAddCheckpoint(encodeUtf8(body)));
  assert.deepEqual([oldSize, proof.length, note.signatures.length], [20_852_014, 4, 2]);
  assert.deepEqual([checkpoint.origin, checkpoint.size], ["example.com/behind-the-sofa", 20_852_163]);
  assert.deepEqual(proof[0], fromBase64("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="));
});

test("a request that is written is read back", async () => {
  const request = { oldSize: 3, proof: await proofOf(3, 7), checkpoint: signCheckpoint(head(7), log) };
  const read = value(parseAddCheckpoint(formatAddCheckpoint(request)));
  assert.deepEqual([read.oldSize, read.proof, read.checkpoint], [request.oldSize, request.proof, head(7)]);
});

test("a log is cosigned from its first tree on, and again whenever it has grown, or not grown", async () => {
  assert.deepEqual(await judged({ to: 0 }, null), { status: 200 });
  assert.deepEqual(await judged({ to: 5 }, null), { status: 200 });
  assert.deepEqual(await judged({ to: 5 }, empty), { status: 200 });
  for (const [from, to] of [
    [1, 2],
    [5, 8],
    [256, 600],
    [5, 5],
  ] as const) {
    assert.deepEqual(await judged({ from, to }, head(from)), { status: 200 }, `${from} to ${to}`);
  }
});

const refusals: readonly {
  title: string;
  request: Wanted;
  known: Checkpoint | null;
  answer: Partial<Judgement>;
  isFork: boolean;
}[] = [
  {
    title: "of an old size beyond the checkpoint",
    request: { from: 8, to: 5, proof: [] },
    known: head(8),
    answer: { status: 400 },
    isFork: false,
  },
  {
    title: "without a signature of the log",
    request: { to: 5, signer: signerFrom(9, origin) },
    known: null,
    answer: { status: 403 },
    isFork: false,
  },
  {
    title: "that skips what was cosigned",
    request: { from: 4, to: 8 },
    known: head(5),
    answer: { status: 409, size: 5 },
    isFork: false,
  },
  {
    title: "that asks from nothing",
    request: { to: 8 },
    known: head(5),
    answer: { status: 409, size: 5 },
    isFork: false,
  },
  {
    title: "that thinks of more than was cosigned",
    request: { from: 5, to: 8 },
    known: null,
    answer: { status: 409, size: 0 },
    isFork: false,
  },
  {
    title: "of a smaller tree",
    request: { from: 2, to: 3 },
    known: head(5),
    answer: { status: 409, size: 5 },
    isFork: false,
  },
  {
    title: "of a smaller tree from nothing",
    request: { to: 3 },
    known: head(5),
    answer: { status: 409, size: 5 },
    isFork: false,
  },
  {
    title: "of another tree of the same size",
    request: { from: 5, to: 5, head: fork },
    known: head(5),
    answer: { status: 422 },
    isFork: true,
  },
  {
    title: "of another tree of the same size, from elsewhere",
    request: { to: 5, head: fork },
    known: head(5),
    answer: { status: 409, size: 5 },
    isFork: true,
  },
  {
    title: "of a larger tree without a proof",
    request: { from: 5, to: 8, proof: [] },
    known: head(5),
    answer: { status: 422 },
    isFork: false,
  },
  {
    title: "of a larger tree of another history",
    request: { from: 5, to: 8, head: { size: 8, root: fork.root } },
    known: head(5),
    answer: { status: 422 },
    isFork: false,
  },
  {
    title: "with a proof from nothing",
    request: { to: 5, proof: [fork.root] },
    known: null,
    answer: { status: 422 },
    isFork: false,
  },
  {
    title: "of the same tree with a proof",
    request: { from: 5, to: 5, proof: [fork.root] },
    known: head(5),
    answer: { status: 422 },
    isFork: false,
  },
  {
    title: "of an empty tree with another root",
    request: { to: 0, head: { size: 0, root: fork.root } },
    known: null,
    answer: { status: 422 },
    isFork: false,
  },
  {
    title: "of an empty tree after a larger one",
    request: { to: 0 },
    known: head(5),
    answer: { status: 409, size: 5 },
    isFork: false,
  },
];
for (const { title, request, known, answer, isFork } of refusals) {
  test(`a submission ${title} is answered with ${answer.status}${isFork ? ", and proves a fork" : ", and proves nothing"}`, async () => {
    const judgement = await judged(request, known);
    assert.deepEqual({ ...judgement, ...answer }, judgement);
    const contradiction = "contradiction" in judgement ? judgement.contradiction : null;
    assert.equal(contradiction !== null, isFork);
    if (contradiction !== null) assert.deepEqual(contradiction.known, known);
  });
}

test("a smaller tree is a fork where another one of its size was cosigned, and nothing where that is not remembered", async () => {
  const other = { size: 3, root: fork.root };
  const submission = value(parseAddCheckpoint(formatAddCheckpoint(await requestOf({ to: 3, head: other }))));
  const log5 = knownAs(head(5));
  const judge = (cosignedAt: typeof log5.cosignedAt): Judgement =>
    judgeSubmission(submission, { ...log5, cosignedAt }, verifiers);
  assert.deepEqual(
    judge((size) => (size === 3 ? head(3) : null)),
    {
      status: 409,
      size: 5,
      contradiction: { known: head(3), shown: { origin, ...other } },
    },
  );
  assert.deepEqual(
    judge(() => null),
    { status: 409, size: 5, contradiction: null },
  );
});

test("a log that is not followed is told so, whoever signed", async () => {
  const submission = value(parseAddCheckpoint(formatAddCheckpoint(await requestOf({ to: 5 }))));
  assert.equal(judgeSubmission(submission, { ...knownAs(null), keys: [] }, verifiers).status, 404);
});

test("a request that is cut anywhere or has any bit flipped is never cosigned for another tree, and throws nothing", async () => {
  const body = formatAddCheckpoint(await requestOf({ from: 5, to: 8 }));
  for (let at = 0; at < body.length; at++) assert.equal(answerTo(body.subarray(0, at)), 400, `cut at ${at}`);
  for (let bit = 0; bit < body.length * 8; bit++) {
    const changed = body.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    assert.notEqual(answerTo(changed), 200, `bit ${bit}`);
  }
  assert.equal(answerTo(body), 200);
});

for (const [title, body] of [
  ["64 hashes", `old 5\n${"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n".repeat(64)}\n`],
  ["a hash of 31 bytes", `old 5\n${Buffer.alloc(31).toString("base64")}\n\n`],
  ["a size with a leading zero", "old 05\n\n"],
  ["a negative size", "old -5\n\n"],
  ["no old line", "\n\n"],
] as const) {
  test(`a request with ${title} is malformed`, () => {
    const note = decodeUtf8(signCheckpoint(head(8), log)) ?? "";
    assert.ok(!parseAddCheckpoint(encodeUtf8(`${body}${note}`)).ok);
    assert.ok(parseAddCheckpoint(encodeUtf8(`old 5\n\n${note}`)).ok);
  });
}

test("a cosignature has the published bytes, and verifies under the witness's key", () => {
  const text = formatCheckpoint(head(5));
  const seconds = 1_679_315_147;
  assert.deepEqual(cosign(text, seconds, witness), knownCosign(text, BigInt(seconds), witness));
});

test("what a witness answers is added, and the signatures of others are dropped", () => {
  const checkpoint = signCheckpoint(head(5), log);
  const text = formatCheckpoint(head(5));
  const mine = cosign(text, 1_795_000_000, witness);
  const other = cosign(text, 1_795_000_000, signerFrom(3, "other.example", cosignatureType));
  const answer = encodeUtf8(formatSignature(other) + formatSignature(mine));
  assert.deepEqual(value(takeCosignatures(checkpoint, answer, { key: witness.key, verifyEd25519 })), [mine]);
});

test("an answer that does not verify, is for another tree, or is no signature line adds nothing", () => {
  const checkpoint = signCheckpoint(head(5), log);
  const taken = (answer: string | Uint8Array): Result<unknown, string> =>
    takeCosignatures(checkpoint, typeof answer === "string" ? encodeUtf8(answer) : answer, {
      key: witness.key,
      verifyEd25519,
    });
  const good = encodeUtf8(formatSignature(cosign(formatCheckpoint(head(5)), 1_795_000_000, witness)));
  assert.ok(taken(good).ok);
  for (let bit = 0; bit < good.length * 8; bit++) {
    assert.ok(
      !taken(good.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))).ok,
      `bit ${bit}`,
    );
  }
  const plain = { ...signNote(formatCheckpoint(head(5)), witness), keyId: witness.key.id };
  for (const answer of [
    "",
    "ok\n",
    `\n${decodeUtf8(good)}`,
    `another text\n\n${decodeUtf8(good)}`,
    formatSignature(cosign(formatCheckpoint(head(6)), 1_795_000_000, witness)),
    formatSignature(signNote(formatCheckpoint(head(5)), log)),
    formatSignature(plain),
  ]) {
    assert.ok(!taken(answer).ok, answer);
  }
});

test("a note with cosignatures is one that a verifier opens", () => {
  const note = value(parseNote(signCheckpoint(head(5), log)));
  const whole = formatNote({
    ...note,
    signatures: [...note.signatures, cosign(note.text, 1_795_000_000, witness)],
  });
  assert.ok(equalBytes(value(parseCheckpoint(value(parseNote(whole)).text)).root, head(5).root));
});

/** 200 only for the very tree of that test. */
function answerTo(bytes: Uint8Array): number {
  const submission = parseAddCheckpoint(bytes);
  if (!submission.ok) return 400;
  const { status } = judgeSubmission(submission.value, knownAs(head(5)), verifiers);
  if (status === 200) assert.deepEqual(submission.value.checkpoint, head(8));
  return status;
}

function knownAs(known: Checkpoint | null): WitnessedLog {
  return { keys: [log.key], known, cosignedAt: (size) => (known?.size === size ? known : null) };
}

interface Wanted {
  readonly from?: number;
  readonly to: number;
  readonly head?: Omit<Checkpoint, "origin">;
  readonly proof?: readonly Uint8Array[];
  readonly signer?: typeof log;
}

async function judged(wanted: Wanted, known: Checkpoint | null): Promise<Judgement> {
  const submission = value(parseAddCheckpoint(formatAddCheckpoint(await requestOf(wanted))));
  return judgeSubmission(submission, knownAs(known), verifiers);
}

async function requestOf({
  from = 0,
  to,
  head: stated,
  proof,
  signer = log,
}: Wanted): Promise<AddCheckpoint> {
  return {
    oldSize: from,
    proof: proof ?? (from === 0 ? [] : await proofOf(from, to)),
    checkpoint: signCheckpoint(stated === undefined ? head(to) : { origin, ...stated }, signer),
  };
}

function head(size: number): Checkpoint {
  return history.head(size);
}

function proofOf(from: number, to: number): Promise<Uint8Array[]> {
  return history.prove(from, to);
}

function value<Value>(result: Result<Value, string>): Value {
  return result.ok ? result.value : assert.fail(result.error);
}
