// A pack is parsed once for as long as it is the same, and whoever pins it cannot tell.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readYaml } from "../yaml/yaml-reader.ts";
import { type PackText, type PinnedPacks, readPinnedPacks } from "./pinned-packs.ts";

const file = "packs/eu-gdpr.yaml";
const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");

test("the same text is the same law, whichever object brings it", () => {
  const [one, other] = [pinned({ file, text }), pinned({ file, text })];
  assert.equal(one.packs.length, 1);
  assert.equal(one.packs[0]?.regime, other.packs[0]?.regime);
});

test("a text that changed under its name is read anew, with its mistakes", () => {
  assert.equal(pinned({ file, text }).isComplete, true);
  const changed = pinned({ file, text: text.replace(/^version: .*$/m, "version: 2020-01-01") });
  assert.notEqual(changed.packs[0]?.regime.version, pinned({ file, text }).packs[0]?.regime.version);
  const broken = pinned({ file, text: `${text}\nno-such-key: 1\n` });
  assert.deepEqual([broken.isComplete, broken.findings.length > 0], [false, true]);
});

test("a file of another name is told by that name", () => {
  const broken = `${text}\nno-such-key: 1\n`;
  const told = (name: string): readonly string[] =>
    pinned({ file: name, text: broken }).findings.map((finding) => finding.file);
  assert.deepEqual([told("a.yaml"), told("b.yaml")], [["a.yaml"], ["b.yaml"]]);
});

test("what stands in front of the shipped pack owes a reason, though its text is the shipped one", () => {
  assert.deepEqual(pinned({ file, text }).findings, []);
  assert.notDeepEqual(pinned({ file, text, shadows: "packs/shipped.yaml" }).findings, []);
});

test("of many texts the oldest are forgotten", () => {
  const oldest = pinned({ file, text }).packs[0]?.regime;
  for (let edit = 0; edit < 130; edit++) pinned({ file, text: `# ${edit}` });
  assert.notEqual(pinned({ file, text }).packs[0]?.regime, oldest);
});

function pinned(pack: PackText): PinnedPacks {
  const { root } = readYaml("law: { packs: [eu-gdpr] }");
  assert.ok(root);
  return readPinnedPacks(root, { readPack: () => pack });
}
