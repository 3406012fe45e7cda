import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { type Checkpoint, formatCheckpoint, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { parseNote, verifyNote } from "./note.ts";

const checkpoint: Checkpoint = {
  origin: "acme.example/ledger/de/fra1/2026-11",
  size: 20_852_163,
  root: sha256(Uint8Array.of(1)),
};
const text = formatCheckpoint(checkpoint);

test("a checkpoint is origin, size and root, a line each", () => {
  assert.equal(
    text,
    `acme.example/ledger/de/fra1/2026-11\n20852163\n${Buffer.from(checkpoint.root).toString("base64")}\n`,
  );
  assert.deepEqual(parseCheckpoint(text), { ok: true, value: checkpoint });
});

test("extension lines are read over", () => {
  assert.deepEqual(parseCheckpoint(`${text}anything\n`), { ok: true, value: checkpoint });
});

test("a signed checkpoint is a note whose key is named like the origin", () => {
  const signer = signerFrom(1, checkpoint.origin);
  const note = parseNote(signCheckpoint(checkpoint, signer));
  assert.ok(note.ok);
  assert.equal(note.value.text, text);
  assert.deepEqual(verifyNote(note.value, [signer.key], verifyEd25519), {
    ok: true,
    value: new Set([signer.key]),
  });
});

const malformed = [
  { title: "without a root", text: "a\n1\n" },
  { title: "without a final newline", text: text.trimEnd() },
  { title: "with an empty origin", text: text.replace(checkpoint.origin, "") },
  { title: "with an empty extension line", text: `${text}\nmore\n` },
  { title: "with a leading zero", text: text.replace("20852163", "020852163") },
  { title: "with a sign", text: text.replace("20852163", "+20852163") },
  { title: "with a negative size", text: text.replace("20852163", "-1") },
  { title: "with an exponent", text: text.replace("20852163", "2e7") },
  { title: "with a size that no double holds exactly", text: text.replace("20852163", "9007199254740993") },
  { title: "with a root of 31 bytes", text: `a\n1\n${Buffer.alloc(31).toString("base64")}\n` },
  { title: "with a root in another spelling of base64", text: text.replace("=\n", "\n") },
  { title: "with a carriage return", text: text.replaceAll("\n", "\r\n") },
];

for (const { title, text } of malformed) {
  test(`a checkpoint ${title} is refused`, () => {
    assert.ok(!parseCheckpoint(text).ok);
  });
}
