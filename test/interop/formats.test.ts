// Notes, cosignatures, proof files and signatures of other implementations: what they make we can read, what we take for
// readable they do too, and of signatures with an unusual point we accept none that Go's library refuses.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { decodeUtf8, encodeUtf8 } from "../../src/base/index.ts";
import { sha256, verifyEd25519 } from "../../src/keys/index.ts";
import {
  formatNoteKey,
  parseNote,
  parseNoteKey,
  parseProofFile,
  type TrustPolicy,
  verifyNote,
  verifyProofFile,
} from "../../src/ledger/index.ts";
import { buildGoFormats, goFormatsMissing } from "../support/go-programs.ts";
import { ed25519Vectors, goModuleDirectory } from "../support/go-tool.ts";

interface Made {
  readonly logKey: string;
  readonly witnessKey: string;
  readonly checkpoint: string;
  readonly proof: string;
  readonly entry: string;
}

describe("what github.com/transparency-dev/formats makes", () => {
  let directory: string;
  let program: string | null;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "bailiwick-formats-"));
    program = buildGoFormats(directory);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test("verifies: the checkpoint under both keys, which are written as they were read", (t) => {
    if (program === null) return t.skip(goFormatsMissing);
    const made = make();
    const keys = [made.logKey, made.witnessKey].map(parseKey);
    assert.deepEqual(keys.map(formatNoteKey), [made.logKey, made.witnessKey]);
    const note = parseNote(encodeUtf8(made.checkpoint));
    assert.ok(note.ok);
    const signers = verifyNote(note.value, keys, verifyEd25519);
    assert.deepEqual(signers.ok && signers.value, new Set(keys));
  });

  test("proves its entry to a policy whose quorum is the cosigner, and proves no other entry", (t) => {
    if (program === null) return t.skip(goFormatsMissing);
    const made = make();
    const [log, witness] = [parseKey(made.logKey), parseKey(made.witnessKey)];
    const trust: TrustPolicy = {
      logs: [log],
      witnesses: [witness],
      quorum: { kind: "witness", key: witness },
    };
    const proof = parseProofFile(encodeUtf8(made.proof));
    assert.ok(proof.ok);
    assert.equal(decodeUtf8(proof.value.extra ?? new Uint8Array()), made.entry);
    const rest = { trust, sha256, verifyEd25519 };
    assert.ok(verifyProofFile(proof.value, { ...rest, entry: encodeUtf8(made.entry) }).ok);
    assert.ok(!verifyProofFile(proof.value, { ...rest, entry: encodeUtf8("other") }).ok);
  });

  test("every proof file that we can read, of all that differ from a good one by a byte, it reads too", (t) => {
    if (program === null) return t.skip(goFormatsMissing);
    const files = neighbours(make().proof);
    const answer = spawnSync(program, ["judge"], { input: JSON.stringify(files), encoding: "utf8" });
    const theirs = JSON.parse(answer.stdout) as readonly boolean[];
    const ours = files.map((file) => parseProofFile(encodeUtf8(file)).ok);
    const onlyOurs = files.filter((_, at) => ours[at] && !theirs[at]);
    assert.deepEqual(onlyOurs, []);
    assert.ok(ours.includes(true) && ours.includes(false));
    t.diagnostic(
      `${files.length} files, ${ours.filter(Boolean).length} readable to us, ${theirs.filter(Boolean).length} to it`,
    );
  });

  function make(): Made {
    return JSON.parse(spawnSync(program ?? "", ["make"], { encoding: "utf8" }).stdout) as Made;
  }
});

/** With one byte changed, or cut off there. */
function neighbours(text: string): readonly string[] {
  return Array.from({ length: text.length }, (_, at) => {
    const changed = String.fromCharCode(text.charCodeAt(at) ^ 1);
    return [text.slice(0, at), text.slice(0, at) + changed + text.slice(at + 1)];
  }).flat();
}

function parseKey(vkey: string) {
  const key = parseNoteKey(sha256, vkey);
  return key.ok ? key.value : assert.fail(key.error);
}

interface Ed25519Vector {
  readonly A: string;
  readonly R: string;
  readonly S: string;
  readonly M: string;
  readonly Flags: readonly string[] | null;
}

/** RFC 8032 §5.1.7 leaves open whether the cofactor counts, and says nothing of low order: Go refuses these two kinds. */
const refusedByGo = ["LowOrderResidue", "NonCanonicalR"];
/** Node's OpenSSL refuses these, which are all of Go's and more. No honest signer makes any of them. */
const refusedHere = new Set(["LowOrderA", "LowOrderR", ...refusedByGo]);

test("no signature with a point of low order, or one written unusually, verifies", (t) => {
  const directory = goModuleDirectory(ed25519Vectors);
  if (directory === null) return t.skip(`no Go, or no module ${ed25519Vectors}: go mod download`);
  const file = join(directory, "ed25519vectors.json");
  const vectors = JSON.parse(readFileSync(file, "utf8")) as readonly Ed25519Vector[];
  for (const { A, R, S, M, Flags } of vectors) {
    const isValid = verifyEd25519(Buffer.from(A, "hex"), Buffer.from(M), Buffer.from(R + S, "hex"));
    assert.equal(isValid, !(Flags ?? []).some((flag) => refusedHere.has(flag)), `${A} ${R} ${S}`);
  }
  assert.equal(vectors.length, 768);
});
