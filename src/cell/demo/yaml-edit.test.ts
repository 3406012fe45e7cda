import assert from "node:assert/strict";
import { test } from "node:test";
import { insertMembers, replaceScalars } from "./yaml-edit.ts";

const text = `# kept as it is
cells:
  eu:   { place: DE,   url: http://old:1 }   # odd   spacing
endpoints:
  # the first one
  fra-1: { url: 'http://old:2' }
keys: [ { sha256: "00" } ]
`;

test("a replaced value leaves comments, spacing and order alone", () => {
  assert.equal(
    replaceScalars(text, [
      [["keys", 0, "sha256"], "ff"],
      [["cells", "eu", "url"], "http://new:1"],
      [["endpoints", "fra-1", "url"], "http://new:22"],
    ]),
    text
      .replace("http://old:1", '"http://new:1"')
      .replace("'http://old:2'", '"http://new:22"')
      .replace('"00"', '"ff"'),
  );
});

test("a path that is not there is left out", () => {
  assert.equal(replaceScalars(text, [[["cells", "us", "url"], "http://new:1"]]), text);
});

test("new members go in front of the first one at its indentation", () => {
  assert.equal(
    insertMembers(text, ["endpoints"], ["fra-0: { place: DE }"]),
    text.replace("  fra-1:", "  fra-0: { place: DE }\n  fra-1:"),
  );
});
