// A policy that changes under running cells, as its author does it: edit the file, send SIGHUP.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { chat, type Demo, eventually, startDemoFor } from "./support/demo.ts";

const bank = { cell: "eu-frankfurt", tenant: "demo-bank" };

test("SIGHUP takes up a good policy; a bad one changes nothing, and every cell says so", async (t) => {
  const demo = await startDemoFor(t);
  try {
    const file = demo.contract.policy;
    const good = readFileSync(file, "utf8");
    const first = await policyOf(demo);

    writeFileSync(file, `${good}\nnonsense: [`);
    demo.process.kill("SIGHUP");
    await eventually(async () => (await refusals(demo)).every((refusal) => refusal === "unusable"));
    assert.equal(await policyOf(demo), first);

    writeFileSync(file, `${good}\n# A comment is part of the text, so the hash is another.\n`);
    demo.process.kill("SIGHUP");
    await eventually(async () => (await policyOf(demo)) !== first);
    await eventually(async () => (await refusals(demo)).every((refusal) => refusal === null));
  } finally {
    assert.equal(await demo.stop(), 0);
  }
});

async function policyOf(demo: Demo): Promise<string | null> {
  const answer = await chat(demo, bank);
  assert.equal(answer.status, 200);
  await answer.text();
  return answer.headers.get("bailiwick-policy");
}

async function refusals({ contract }: Demo): Promise<readonly (string | null)[]> {
  return Promise.all(
    contract.cells.map(async ({ admin }) => {
      const answer = await fetch(`${admin}/readyz?verbose`);
      return ((await answer.json()) as { readonly policyRefusal: string | null }).policyRefusal;
    }),
  );
}
