import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { decodeUtf8, encodeUtf8, type Result } from "../../base/index.ts";
import { type Checkpoint, signCheckpoint } from "./checkpoint.ts";
import { leafHash } from "../tree/merkle.ts";
import { formatProofFile, parseProofFile, type ProofFile, verifyProofFile } from "./proof-file.ts";
import { proveInclusion } from "../tree/prove.ts";
import { formatTilePath } from "../tree/tile.ts";
import { openTree } from "../tree/tree.ts";

const entries = Array.from({ length: 11 }, (_, index) => encodeUtf8(`entry ${index}`));
const tree = openTree(sha256, 0, () => assert.fail());
for (const entry of entries) tree.append(leafHash(sha256, entry));
const tiles = new Map(tree.takeTiles().map(({ name, bytes }) => [formatTilePath(name), bytes]));
const reader = {
  read: (path: string) => Promise.resolve(tiles.get(path) ?? null),
  list: () => Promise.resolve([]),
};

const log = signerFrom(1, "acme.example/log");
const trust = { logs: [log.key], witnesses: [], quorum: { kind: "none" } } as const;
const checkpoint: Checkpoint = { origin: log.key.name, size: tree.size, root: tree.root() };
const index = 6;
const entry = entries[index] ?? assert.fail();
const proof: ProofFile = {
  extra: null,
  index,
  hashes: await proveInclusion({ reader, sha256, size: tree.size }, index),
  checkpoint: signCheckpoint(checkpoint, log),
};

test("a proof has the lines that the specification shows, and is read as it was written", () => {
  const text = decodeUtf8(formatProofFile(proof)) ?? "";
  assert.match(
    text,
    /^c2sp\.org\/tlog-proof@v1\nindex 6\n(?:[A-Za-z0-9+/]{43}=\n){4}\nacme\.example\/log\n11\n/,
  );
  assert.deepEqual(parseProofFile(encodeUtf8(text)), { ok: true, value: proof });
});

test("extra data and a proof without hashes are read as they were written", () => {
  const only = { ...proof, extra: encodeUtf8("more"), index: 0, hashes: [] };
  assert.match(
    decodeUtf8(formatProofFile(only)) ?? "",
    /^c2sp\.org\/tlog-proof@v1\nextra bW9yZQ==\nindex 0\n\nacme/,
  );
  assert.deepEqual(parseProofFile(formatProofFile(only)), { ok: true, value: only });
});

test("the entry that is in the log verifies, and leads to the checkpoint that commits to it", () => {
  assert.deepEqual(judged(formatProofFile(proof), entry), { ok: true, value: checkpoint });
});

test("another entry, or the same one at another index, does not verify", () => {
  for (const other of entries.filter((candidate) => candidate !== entry)) {
    assert.ok(!judged(formatProofFile(proof), other).ok);
  }
  for (let other = 0; other < 20; other++) {
    assert.equal(judged(formatProofFile({ ...proof, index: other }), entry).ok, other === index);
  }
});

test("a proof that is cut anywhere or has any bit flipped does not verify", () => {
  const bytes = formatProofFile(proof);
  for (let at = 0; at < bytes.length; at++)
    assert.ok(!judged(bytes.subarray(0, at), entry).ok, `cut at ${at}`);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    assert.ok(!judged(changed, entry).ok, `bit ${bit}`);
  }
});

const text = decodeUtf8(formatProofFile(proof)) ?? "";
const malformed = [
  { title: "of another version", text: text.replace("@v1", "@v2") },
  { title: "without an index", text: text.replace("index 6\n", "") },
  { title: "with a leading zero", text: text.replace("index 6", "index 06") },
  { title: "with extra data after the index", text: text.replace("index 6\n", "index 6\nextra bW9yZQ==\n") },
  { title: "with extra data that is not base64", text: text.replace("index", "extra !\nindex") },
  {
    title: "with a hash of 31 bytes",
    text: text.replace("6\n", `6\n${Buffer.alloc(31).toString("base64")}\n`),
  },
  { title: "with 64 hashes", text: text.replace("6\n", `6\n${`${"A".repeat(43)}=\n`.repeat(60)}`) },
  { title: "with carriage returns", text: text.replaceAll("\n", "\r\n") },
];

for (const { title, text } of malformed) {
  test(`a proof ${title} is malformed`, () => {
    assert.ok(!parseProofFile(encodeUtf8(text)).ok);
  });
}

function judged(bytes: Uint8Array, entry: Uint8Array): Result<Checkpoint, string> {
  const parsed = parseProofFile(bytes);
  return parsed.ok ? verifyProofFile(parsed.value, { entry, trust, sha256, verifyEd25519 }) : parsed;
}
