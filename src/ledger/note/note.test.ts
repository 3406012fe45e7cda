import assert from "node:assert/strict";
import { test } from "node:test";
import { cosign, sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { decodeUtf8, encodeUtf8, type Result } from "../../base/index.ts";
import { formatNoteKey, type NoteKey, noteKey, parseNoteKey } from "./note-key.ts";
import { formatNote, parseNote, signNote, verifyNote } from "./note.ts";
import { cosignatureType } from "./signature-type.ts";

const published = [
  {
    title: "the note of golang.org/x/mod/sumdb/note",
    vkey: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    note:
      "If you think cryptography is the answer to your problem,\n" +
      "then you don't know what your problem is.\n\n" +
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  },
  {
    title: "the example of c2sp.org/signed-note",
    vkey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    note:
      "This is an example message.\n\n" +
      "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
  },
];

for (const { title, vkey, note } of published) {
  test(`${title} verifies, and its key is written as it was read`, () => {
    const key = value(parseNoteKey(sha256, vkey));
    assert.deepEqual(opened(note, [key]), { ok: true, value: new Set([key]) });
    assert.equal(formatNoteKey(key), vkey);
  });

  test(`${title} is refused with any byte flipped or missing`, () => {
    const key = value(parseNoteKey(sha256, vkey));
    const bytes = encodeUtf8(note);
    for (let at = 0; at < bytes.length; at++) {
      assert.ok(!opened(bytes.subarray(0, at), [key]).ok, `cut at ${at}`);
      for (const mask of [0x01, 0x20, 0x80]) {
        assert.ok(!opened(flipped(bytes, at, mask), [key]).ok, `byte ${at} ^ ${mask}`);
      }
    }
  });

  test(`the key of ${title} is refused with any byte flipped or missing`, () => {
    for (let at = 0; at < vkey.length; at++) {
      assert.ok(!parseNoteKey(sha256, vkey.slice(0, at)).ok, `cut at ${at}`);
      const changed = decodeUtf8(flipped(encodeUtf8(vkey), at, 1)) ?? assert.fail();
      assert.ok(!parseNoteKey(sha256, changed).ok, changed);
    }
  });
}

const text = "one\n\ntwo\n";
const alice = signerFrom(1, "alice.example");
const bob = signerFrom(2, "bob.example");

test("a text with empty lines is split from its signatures at the last one", () => {
  const note = formatNote({ text, signatures: [signNote(text, alice)] });
  assert.equal(value(parseNote(note)).text, text);
  assert.ok(opened(note, [alice.key]).ok);
});

test("signatures by unknown keys are ignored, also where they share a name or an id with a known one", () => {
  const namesake = signerFrom(3, "alice.example");
  const mine = signNote(text, alice);
  const sameId = { ...signNote(text, bob), keyId: mine.keyId };
  const note = formatNote({ text, signatures: [signNote(text, namesake), sameId, mine] });
  assert.deepEqual(opened(note, [alice.key]), { ok: true, value: new Set([alice.key]) });
});

test("a signature by a known key that fails rejects the note, whoever else has signed it", () => {
  const wrong = signNote("another text\n", bob);
  const note = formatNote({ text, signatures: [signNote(text, alice), wrong] });
  assert.ok(opened(note, [alice.key]).ok);
  assert.deepEqual(opened(note, [alice.key, bob.key]), {
    ok: false,
    error: "the signature by `bob.example` does not verify",
  });
});

test("a note that no known key signed is refused", () => {
  const note = formatNote({ text, signatures: [signNote(text, alice)] });
  assert.deepEqual(opened(note, [bob.key]), { ok: false, error: "no known key has signed" });
  assert.deepEqual(opened(note, []), { ok: false, error: "no known key has signed" });
});

test("a hundred signatures are read and one more is not", () => {
  const signatures = Array.from({ length: 100 }, (_, seed) =>
    signNote(text, signerFrom(seed, `w${seed}.example`)),
  );
  assert.ok(parseNote(formatNote({ text, signatures })).ok);
  assert.ok(!parseNote(formatNote({ text, signatures: [...signatures, signNote(text, alice)] })).ok);
});

const line =
  decodeUtf8(formatNote({ text, signatures: [signNote(text, alice)] }))?.slice(text.length + 1) ?? "";
const malformed = [
  { title: "no text", note: line },
  { title: "no empty line", note: `one\n${line}` },
  { title: "no signature", note: "one\n\n" },
  { title: "no final newline", note: `one\n\n${line.trimEnd()}` },
  { title: "a tab", note: `o\tne\n\n${line}` },
  { title: "a carriage return", note: `one\r\n\n${line}` },
  { title: "a hyphen for the dash", note: `one\n\n${line.replace("—", "-")}` },
  { title: "two spaces", note: `one\n\n${line.replace(" ", "  ")}` },
  { title: "a third word", note: `one\n\n${line.replace("\n", " more\n")}` },
  { title: "a plus in the name", note: `one\n\n${line.replace("alice", "al+ce")}` },
  { title: "a no-break space in the name", note: `one\n\n${line.replace("alice", "al\u00a0ce")}` },
  { title: "a signature without bytes", note: "one\n\n— alice.example AAAAAA==\n" },
  { title: "base64 without padding", note: `one\n\n${line.replaceAll("=", "")}` },
];

for (const { title, note } of malformed) {
  test(`a note with ${title} is malformed`, () => {
    assert.ok(!parseNote(encodeUtf8(note)).ok);
  });
}

test("a cosignature verifies over the text and its time, and fails with another time", () => {
  const witness = signerFrom(4, "witness.example", cosignatureType);
  const signature = cosign(text, 1_679_315_147n, witness);
  const { payload } = signature;
  assert.ok(opened(formatNote({ text, signatures: [signature] }), [witness.key]).ok);
  for (let at = 0; at < payload.length; at++) {
    const changed = { ...signature, payload: flipped(payload, at, 0x80) };
    assert.ok(!opened(formatNote({ text, signatures: [changed] }), [witness.key]).ok, `byte ${at}`);
  }
});

test("a plain signature by the same key is no cosignature", () => {
  const witness = signerFrom(4, "witness.example", cosignatureType);
  const plain = { ...signNote(text, witness), keyId: witness.key.id };
  assert.ok(!opened(formatNote({ text, signatures: [plain] }), [witness.key]).ok);
});

test("a key of an unsupported type, or of another length, is refused with the reason", () => {
  const key = { name: "a", id: "", type: 6, publicKey: new Uint8Array(32) };
  assert.throws(() => noteKey(sha256, { ...key, name: "a b" }), RangeError);
  assert.throws(() => noteKey(sha256, { ...key, publicKey: new Uint8Array(31) }), RangeError);
  const refused = parseNoteKey(sha256, formatNoteKey(noteKey(sha256, key)));
  assert.ok(!refused.ok && refused.error.includes("signature type 6"));
});

function opened(note: string | Uint8Array, keys: readonly NoteKey[]): Result<ReadonlySet<NoteKey>, string> {
  const parsed = parseNote(typeof note === "string" ? encodeUtf8(note) : note);
  return parsed.ok ? verifyNote(parsed.value, keys, verifyEd25519) : parsed;
}

function flipped(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ mask : byte));
}

function value<Value>(result: Result<Value, string>): Value {
  return result.ok ? result.value : assert.fail(result.error);
}
