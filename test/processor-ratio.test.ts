// No change makes a request dearer by a fourth without anybody seeing it. `node bench/processor-ratio.ts --write` is how to say that
// a request may cost what it costs now; whoever made it cheaper writes it too, or the next step hides in the gain.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  formatRatio,
  isComparable,
  isStep,
  type KnownRatio,
  measureProcessorRatio,
} from "../bench/measure/processor-ratio.ts";

const known = JSON.parse(
  readFileSync(new URL("../bench/processor-ratio.json", import.meta.url), "utf8"),
) as KnownRatio;
const most = 3;

test("a request takes no more processor time than it did, as a multiple of a bare pipe in the same run", async (t) => {
  if (!isComparable(known)) {
    t.skip(
      `the ratio of bench/processor-ratio.json was measured on ${known.processor}, Node ${known.nodeMajor}`,
    );
    return;
  }
  let measured = await measureProcessorRatio();
  t.diagnostic(formatRatio(measured));
  for (let run = 1; run < most && isStep(measured.ratio, known); run++) {
    measured = await measureProcessorRatio();
    t.diagnostic(formatRatio(measured));
  }
  assert.ok(!isStep(measured.ratio, known), `${formatRatio(measured)}, where it was ${known.ratio}`);
});

test("a fourth more is a step, and a fifth more is not", () => {
  assert.equal(isStep(known.ratio * 1.26, known), true);
  assert.equal(isStep(known.ratio * 1.2, known), false);
  assert.equal(isComparable({ ...known, nodeMajor: 1 }), false);
});
