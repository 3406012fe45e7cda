// Subjects, erasure, holds and disclosure, through a cell of real parts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, chatBody, errorOf } from "../../test/support/ask.ts";
import { askAdmin } from "../../test/support/ask-admin.ts";
import { startTestCell, type TestCell } from "../../test/support/test-cell.ts";
import { encodeUtf8 } from "../base/index.ts";
import { openDisclosedKey, parseDisclosedKey } from "../keys/index.ts";

const ground = "gdpr-17-1-b";

function subjectsOf({ entries }: TestCell): readonly string[] {
  return entries.filter((entry) => entry.t === "decision").map(({ subject }) => subject);
}

function namedAs(person: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { "bailiwick-subject": person } };
}

test("each person has a handle, and so have those of a tenant whom nobody named", async (t) => {
  const cell = await startTestCell(t);
  await askChat(cell, namedAs("patient 17"));
  await askChat(cell, namedAs("patient 18"));
  await askChat(cell, namedAs("patient 17"));
  await askChat(cell);
  await askChat(cell, { tenant: "demo-clinic", ...namedAs("patient 17") });
  const [first, second, third, fourth, fifth] = subjectsOf(cell);
  assert.equal(first, third);
  assert.equal(new Set([first, second, fourth, fifth]).size, 4);
});

for (const { title, person } of [
  { title: "longer than 256 characters", person: "p".repeat(257) },
  { title: "not ASCII", person: "Jos\u00e9" },
  { title: "with a tab in it", person: "a\tb" },
]) {
  test(`a subject that is ${title} is refused before anything is recorded`, async (t) => {
    const cell = await startTestCell(t);
    const before = cell.entries.length;
    const answer = await askChat(cell, namedAs(person));
    assert.equal(answer.status, 400);
    assert.equal(errorOf(answer).type, "caller_invalid_signal");
    assert.equal(errorOf(answer).param, "bailiwick-subject");
    assert.equal(cell.entries.length, before);
  });
}

test("an erasure destroys every month's key, is recorded, and the person's next request has a new handle", async (t) => {
  const months = ["2026-10-03", "2026-11-04"].map((day) => Date.parse(day));
  let nowMs = months[0] ?? 0;
  const cell = await startTestCell(t, { now: () => nowMs });
  await askChat(cell, namedAs("patient 17"));
  nowMs = months[1] ?? 0;
  await askChat(cell, namedAs("patient 17"));
  await askChat(cell, namedAs("patient 18"));
  const [october, november, other] = subjectsOf(cell);
  const { status, body } = await askAdmin(cell, "POST", "/admin/erasures", {
    tenant: "demo-bank",
    person: "patient 17",
    ground,
  });
  assert.equal(status, 200);
  assert.deepEqual(body, { ground, erased: [october, november] });
  const erasures = cell.entries.filter((entry) => entry.t === "erasure");
  assert.deepEqual(
    erasures.map((entry) => [entry.subject, entry.ground]),
    [
      [october, ground],
      [november, ground],
    ],
  );
  await askChat(cell, namedAs("patient 17"));
  assert.ok(![october, november, other].includes(subjectsOf(cell).at(-1)));
  const again = await askAdmin(cell, "POST", "/admin/erasures", { subject: october, ground });
  assert.equal(again.status, 404);
});

test("one month can be erased alone", async (t) => {
  const cell = await startTestCell(t, { now: () => Date.parse("2026-10-03") });
  await askChat(cell, namedAs("patient 17"));
  const about = { tenant: "demo-bank", person: "patient 17", ground };
  const other = await askAdmin(cell, "POST", "/admin/erasures", { ...about, months: ["2026-09"] });
  assert.equal(other.status, 404);
  const right = await askAdmin(cell, "POST", "/admin/erasures", { ...about, months: ["2026-10"] });
  assert.equal(right.status, 200);
});

test("a hold on one of a person's keys keeps all of them, until the last hold is released", async (t) => {
  let nowMs = Date.parse("2026-10-03");
  const cell = await startTestCell(t, { now: () => nowMs });
  await askChat(cell, namedAs("patient 17"));
  nowMs = Date.parse("2026-11-03");
  await askChat(cell, namedAs("patient 17"));
  const [october] = subjectsOf(cell);
  const person = { tenant: "demo-bank", person: "patient 17" };
  const hold = (path: string, reason: string) => askAdmin(cell, "POST", path, { subject: october, reason });
  await hold("/admin/holds", "litigation");
  await hold("/admin/holds", "gdpr-18-1-c");

  const held = await askAdmin(cell, "POST", "/admin/erasures", { ...person, ground });
  assert.equal(held.status, 409);
  assert.equal(held.body["code"], "held");
  assert.match(String(held.body["detail"]), /`gdpr-18-1-c`, `litigation`|`litigation`, `gdpr-18-1-c`/);
  assert.ok(!cell.entries.some(({ t: kind }) => kind === "erasure"));

  await hold("/admin/holds/release", "litigation");
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", { ...person, ground })).status, 409);
  assert.equal((await hold("/admin/holds/release", "litigation")).status, 404);
  await hold("/admin/holds/release", "gdpr-18-1-c");
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", { ...person, ground })).status, 200);
  const acts = cell.entries.filter((entry) => entry.t === "hold").map(({ act, reason }) => [act, reason]);
  assert.deepEqual(acts, [
    ["place", "litigation"],
    ["place", "gdpr-18-1-c"],
    ["release", "litigation"],
    ["release", "gdpr-18-1-c"],
  ]);
});

test("a hold ends by itself when its time is over", async (t) => {
  let nowMs = Date.parse("2026-11-03");
  const cell = await startTestCell(t, { now: () => nowMs });
  await askChat(cell);
  const [subject] = subjectsOf(cell);
  const untilMs = nowMs + 1_000;
  await askAdmin(cell, "POST", "/admin/holds", { subject, reason: "audit", untilMs });
  assert.deepEqual((await askAdmin(cell, "GET", "/admin/holds")).body, {
    holds: [{ handle: subject, reason: "audit", untilMs }],
  });
  nowMs = untilMs;
  assert.deepEqual((await askAdmin(cell, "GET", "/admin/holds")).body, { holds: [] });
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", { subject, ground })).status, 200);
});

test("whoever is handed a key computes the commitments of that subject, and of no other", async (t) => {
  const cell = await startTestCell(t);
  const answer = await askChat(cell, namedAs("patient 17"));
  await askChat(cell, namedAs("patient 18"));
  const [subject] = subjectsOf(cell);
  const { body } = await askAdmin(cell, "POST", "/admin/disclosures", { subject, recipient: "auditor" });
  const key = parseDisclosedKey(String(body["file"]));
  assert.ok(key.ok);
  const { commit } = openDisclosedKey(key.value);
  const [mine, others] = cell.entries.filter((entry) => entry.t === "decision");
  const request = commit("req/v1", encodeUtf8(chatBody()));
  assert.equal(mine?.req, request);
  assert.notEqual(others?.req, request);
  const outcome = cell.entries.find((entry) => entry.t === "outcome");
  assert.equal(outcome?.res, commit("res/v1", encodeUtf8(answer.text)));
  const told = cell.entries.filter((entry) => entry.t === "disclosure");
  assert.deepEqual(
    told.map((entry) => [entry.subject, entry.recipient]),
    [[subject, "auditor"]],
  );
});
