// The vectors of github.com/transparency-dev/merkle. They lie beside the checkout, not in it.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { sha256 } from "../../../test/support/ledger-crypto.ts";
import { verifyConsistency, verifySubtreeConsistency } from "./consistency.ts";
import { verifyInclusion, verifySubtreeInclusion } from "./inclusion.ts";

const directory = new URL("../../../../shared/vectors/merkle/testdata/", import.meta.url).pathname;

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly [member: string]: unknown;
}

const suites: readonly {
  readonly name: string;
  readonly count: number;
  readonly verify: (vector: Vector) => boolean;
}[] = [
  {
    name: "inclusion",
    count: 98,
    verify: (v) =>
      verifyInclusion(sha256, {
        index: integer(v["leafIdx"]),
        size: integer(v["treeSize"]),
        leaf: bytes(v["leafHash"]),
        root: bytes(v["root"]),
        proof: hashes(v["proof"]),
      }),
  },
  {
    name: "consistency",
    count: 98,
    verify: (v) =>
      verifyConsistency(sha256, {
        oldSize: integer(v["size1"]),
        newSize: integer(v["size2"]),
        oldRoot: bytes(v["root1"]),
        newRoot: bytes(v["root2"]),
        proof: hashes(v["proof"]),
      }),
  },
  {
    name: "subtreeinclusion",
    count: 204,
    verify: (v) =>
      verifySubtreeInclusion(sha256, {
        index: integer(v["leafIdx"]),
        start: integer(v["start"]),
        end: integer(v["end"]),
        leaf: bytes(v["leafHash"]),
        root: bytes(v["root"]),
        proof: hashes(v["proof"]),
      }),
  },
  {
    name: "subtreeconsistency",
    count: 118,
    verify: (v) =>
      verifySubtreeConsistency(sha256, {
        subtree: { start: integer(v["start"]), end: integer(v["end"]), hash: bytes(v["root1"]) },
        size: integer(v["size"]),
        root: bytes(v["root2"]),
        proof: hashes(v["proof"]),
      }),
  },
];

for (const { name, count, verify } of suites) {
  test(`all ${count} published vectors of ${name} are judged as published`, (t) => {
    if (!existsSync(directory)) return t.skip(`no vectors at ../shared/vectors/merkle`);
    const files = globSync(`${directory}${name}/**/*.json`);
    assert.equal(files.length, count);
    for (const file of files) {
      const vector = parseVector(readFileSync(file, "utf8"));
      assert.equal(verify(vector), !vector.wantErr, `${file}: ${vector.desc}`);
    }
  });
}

/** Integers become strings first: some are beyond 2^53. */
function parseVector(text: string): Vector {
  return JSON.parse(text.replaceAll(/: (\d+)/g, ': "$1"')) as Vector;
}

function integer(value: unknown): bigint {
  return BigInt(String(value));
}

function bytes(value: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(typeof value === "string" ? value : "", "base64"));
}

function hashes(value: unknown): Uint8Array[] {
  return ((value ?? []) as readonly unknown[]).map(bytes);
}
