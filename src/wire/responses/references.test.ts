import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import type { Reference } from "../operation.ts";
import { renamedBody } from "../renamed-body.ts";
import { formatMark, readMark } from "./marks.ts";
import { responses } from "./responses.ts";

const mark = { month: "2026-12", endpoint: "fra-1", proof: "AbCdEfGhIjKlMnOpQr_-01" };
const markOf = (text: string): string => formatMark(text, mark);

function read(body: string): { readonly found: readonly Reference[]; readonly sent: string | null } {
  const view = responses.read(encodeUtf8(body));
  assert.ok(view.ok, JSON.stringify(view));
  return {
    found: view.value.references ?? [],
    sent: decodeUtf8(concatBytes(renamedBody({ ...view.value, unsaid: null }, "a"))),
  };
}

test("a mark comes off the end of what bears it, and what another cell has marked keeps that cell's", () => {
  assert.deepEqual(readMark(markOf("resp_1")), { text: "resp_1", mark });
  const twice = formatMark(markOf("resp_1"), { ...mark, endpoint: "peer" });
  assert.deepEqual(readMark(twice), { text: markOf("resp_1"), mark: { ...mark, endpoint: "peer" } });
  assert.match(markOf("resp_1"), /^[A-Za-z0-9_-]+$/);
});

for (const text of ["resp_1", markOf(""), `${markOf("resp_1")}x`, markOf("resp_1").slice(0, -1), "_bw1-"]) {
  test(`\`${text}\` bears no mark`, () => {
    assert.equal(readMark(text), null);
  });
}

test("each member that one endpoint alone has is found, with its mark, and reaches it without", () => {
  const body =
    `{"model":"a", "previous_response_id" : "${markOf("resp_1")}","input":[{"role":"user","content":"${markOf("x")}"},` +
    `{"type":"item_reference","id": "${markOf("msg_1")}"},{"type":"message","id":"msg_2","content":1.0},` +
    `{ "id":"${markOf("rs_1")}","type":"reasoning","encrypted_content":"${markOf(String.raw`g\/\u00e9+=`)}"} ]}`;
  const { found, sent } = read(body);
  assert.deepEqual(
    found.map(({ kind, member, text }) => [kind, member, text]),
    [
      ["response", "previous_response_id", "resp_1"],
      ["item", "input[1].id", "msg_1"],
      ["item", "input[3].id", "rs_1"],
      ["sealed", "input[3].encrypted_content", "g/é+="],
    ],
  );
  for (const reference of found) assert.deepEqual(reference.mark, mark);
  // What a caller says in a text is the caller's.
  const said = `"content":"${markOf("x")}"`;
  const [before = "", after = ""] = body.split(said);
  assert.equal(sent, before.replaceAll(markOf(""), "") + said + after.replaceAll(markOf(""), ""));
});

for (const { members, member } of [
  { members: '"previous_response_id":"resp_1"', member: "previous_response_id" },
  { members: '"previous_response_id":{"id":"resp_1"}', member: "previous_response_id" },
  { members: '"input":[{"type":"item_reference","id":"msg_1"}]', member: "input[0].id" },
  { members: '"input":[{"type":"item_reference","ID":"msg_1"}]', member: "input[0].id" },
  { members: '"input":[{"type":"reasoning","encrypted_content":"g"}]', member: "input[0].encrypted_content" },
  {
    members: `"previous_response_id":"${markOf("resp_1").replace("_bw1", "\\u005fbw1")}"`,
    member: "previous_response_id",
  },
  { members: '"instructions":[{"type":"item_reference"}]', member: "instructions[0].type" },
]) {
  test(`\`${members}\` is found as one without a mark`, () => {
    const { found } = read(`{"model":"a",${members.includes('"input"') ? "" : '"input":"hi",'}${members}}`);
    assert.deepEqual(
      found.map(({ member: path, mark: its, edit }) => [path, its, edit]),
      [[member, null, null]],
    );
  });
}

for (const members of [
  '"previous_response_id":null,"input":"hi"',
  '"input":[{"type":"message","id":"msg_1","content":"hi"},{"type":"reasoning","encrypted_content":null}]',
]) {
  test(`\`${members}\` builds on nothing`, () => {
    assert.deepEqual(read(`{"model":"a",${members}}`).found, []);
  });
}

test("no input makes it throw, and no path quotes a value", () => {
  const item = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.record({ type: fc.constant("item_reference"), id: fc.jsonValue() }),
    fc.record({ encrypted_content: fc.oneof(fc.string().map(markOf), fc.jsonValue()) }),
  );
  fc.assert(
    fc.property(fc.array(item), (input) => {
      const { found } = read(JSON.stringify({ model: "a", input }));
      for (const { member } of found)
        assert.match(member, /^input(\[\d+\]|\.(id|type|encrypted_content|content|output))*$/);
    }),
  );
});
