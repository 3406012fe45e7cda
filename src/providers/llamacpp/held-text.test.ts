import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { HeldText } from "./held-text.ts";

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });

test("however the text is cut, what is given out ends right before the stop text that is complete first", () => {
  fc.assert(
    fc.property(fc.array(letters), fc.array(letters.filter(Boolean), { maxLength: 3 }), (pieces, stops) => {
      assert.equal(given(pieces, stops), readByLetter(pieces.join(""), stops));
    }),
    {
      examples: [
        [
          ["baa", "a"],
          ["a", "baaa"],
        ],
      ],
      numRuns: 1_000,
    },
  );
});

test("only what may become a stop text is held back", () => {
  const held = new HeldText(["</end>"]);
  assert.equal(held.push("one </e"), "one ");
  assert.equal(held.push("m>"), "</em>");
  assert.equal(held.push("</end"), "");
  assert.equal(held.isStopped, false);
  assert.equal(held.push("> two"), "");
  assert.equal(held.isStopped, true);
  assert.equal(held.end(), "");
});

/** What a reader of one letter after the other would have when the first stop text is complete. */
function readByLetter(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const lengths = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map(({ length }) => length);
    if (lengths.length > 0) return text.slice(0, end - Math.max(...lengths));
  }
  return text;
}

/** Stops reading at a stop text, as a generation does. */
function given(pieces: readonly string[], stops: readonly string[]): string {
  const held = new HeldText(stops);
  let text = "";
  for (const piece of pieces) {
    text += held.push(piece);
    if (held.isStopped) break;
  }
  return text + held.end();
}
