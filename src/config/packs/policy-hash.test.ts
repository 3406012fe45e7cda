import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type NamedText, policyHash } from "./policy-hash.ts";

const packs: readonly NamedText[] = [
  { id: "eu-gdpr", text: "home: EEA\n" },
  { id: "uk-gdpr", text: "home: GB\n" },
];

test("a policy's hash is SHA-256 over netstrings of its text and its packs", () => {
  const bytes = "18:bailiwick policy 1,3:ä\n,7:eu-gdpr,10:home: EEA\n,7:uk-gdpr,9:home: GB\n,";
  assert.equal(hash("ä\n", packs), createHash("sha256").update(bytes, "utf8").digest("hex"));
});

test("moving text between the policy, a pack's name and its text, or swapping packs, gives another hash", () => {
  const hashes = [
    hash("text", packs),
    hash("text7:eu-gdpr", packs.slice(1)),
    hash("text", [{ id: "eu-gdp", text: "rhome: EEA\n" }, ...packs.slice(1)]),
    hash("text", packs.toReversed()),
    hash("text", packs.slice(0, 1)),
    hash("text ", packs),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
});

function hash(text: string, named: readonly NamedText[]): string {
  return policyHash(text, named, (bytes) => createHash("sha256").update(bytes).digest());
}
