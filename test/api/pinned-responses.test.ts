// What a response builds on lies at one endpoint: no other is ever asked for it, and nobody else may ask.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import OpenAI from "openai";
import { askAdmin } from "../support/ask-admin.ts";
import { judge } from "../support/client-verdicts.ts";
import {
  askResponse,
  chainPolicy,
  type Engines,
  startEngines,
  startKeepingCell,
  type Told,
} from "../support/keeping-cell.ts";
import { putNote, suspension, noteOf } from "../support/legal-notes.ts";
import { keyOf, type TestCell } from "../support/test-cell.ts";
import { SeenWorkers } from "../support/threads.ts";

const reached = (engines: Engines): number => engines["fra-1"].bodies.length + engines["fra-2"].bodies.length;

/** The engine that answered, and the one that did not. */
function sides({ endpoint }: Told): readonly ["fra-1" | "fra-2", "fra-1" | "fra-2"] {
  return endpoint === "fra-1" ? ["fra-1", "fra-2"] : ["fra-2", "fra-1"];
}

test("a response is continued where it is kept, however often, and its engine sees its own id", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const first = await askResponse(cell, {});
  assert.equal(first.status, 200, first.text);
  const [kept, other] = sides(first);
  const at = engines[other].bodies.length;
  let previous = first.body.id;
  assert.match(previous, new RegExp(`^resp_(one|two)1_bw1-\\d{4}-\\d{2}-${kept}-[\\w-]{22}$`));
  for (let turn = 2; turn < 10; turn++) {
    const told = await askResponse(cell, { previous_response_id: previous });
    assert.equal(told.status, 200, told.text);
    assert.equal(told.endpoint, kept);
    assert.match(told.text, new RegExp(`turn ${turn}"`));
    assert.equal(told.body.previous_response_id, previous);
    previous = told.body.id;
  }
  assert.equal(engines[other].bodies.length, at);
  assert.doesNotMatch(engines[kept].bodies.join(), /_bw1-/);
  const decision = cell.entries.findLast((entry) => entry.t === "decision");
  assert.deepEqual(decision?.t === "decision" && decision.allowed.map(({ endpoint }) => endpoint), [kept]);
});

test("items and what is encrypted pin as an id does", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const first = await askResponse(cell, {});
  const [kept] = sides(first);
  const [reasoning, message] = first.body.output;
  for (const input of [
    [{ type: "item_reference", id: message?.id }],
    [reasoning],
    [{ role: "user", content: "hi" }, reasoning, message],
  ])
    for (let round = 0; round < 4; round++) {
      const told = await askResponse(cell, { input });
      assert.equal(told.status, 200, told.text);
      assert.equal(told.endpoint, kept);
    }
  const sent = JSON.parse(engines[kept].bodies.at(-1) ?? "") as { readonly input: readonly object[] };
  assert.deepEqual(sent.input.slice(1), [
    {
      ...reasoning,
      id: reasoning?.id.split("_bw1-")[0],
      encrypted_content: reasoning?.encrypted_content?.split("_bw1-")[0],
    },
    { ...message, id: message?.id.split("_bw1-")[0] },
  ]);
});

test("a model that lets nothing be kept has what is encrypted pinned, and all its ids as they came", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const first = await askResponse(cell, { store: false }, { model: "sealed" });
  const [kept] = sides(first);
  assert.match(first.body.id, /^resp_(one|two)1$/);
  const [reasoning] = first.body.output;
  assert.match(reasoning?.id ?? "", /^rs_(one|two)1$/);
  for (let round = 0; round < 4; round++) {
    const told = await askResponse(cell, { store: false, input: [reasoning] }, { model: "sealed" });
    assert.equal(told.endpoint, kept, told.text);
  }
});

test("in a stream every event that names the response or an item names it as the last one does", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const { text } = await askResponse(cell, { stream: true });
  const ids = (pattern: RegExp): ReadonlySet<string> =>
    new Set(Array.from(text.matchAll(pattern), ([, id = ""]) => id));
  const found = [/"(resp_[^"]+)"/g, /"(msg_[^"]+)"/g, /"(rs_[^"]+)"/g, /"(gAAA[^"]+)"/g].map(ids);
  for (const each of found) {
    assert.equal(each.size, 1, text);
    assert.match(Array.from(each)[0] ?? "", /_bw1-\d{4}-\d{2}-fra-[12]-[\w-]{22}$/);
  }
});

const resp = "resp_one1";

for (const { title, members, param } of [
  { title: "an id that nobody was given", members: { previous_response_id: resp } },
  {
    title: "a forged mark",
    members: { previous_response_id: `${resp}_bw1-2026-12-fra-1-AAAAAAAAAAAAAAAAAAAAAA` },
  },
  {
    title: "a mark of a month that is none",
    members: { previous_response_id: `${resp}_bw1-2026-99-fra-1-AAAAAAAAAAAAAAAAAAAAAA` },
  },
  { title: "a reference that is no text", members: { previous_response_id: 7 } },
  {
    title: "an item of nobody's",
    members: { input: ["hi", { type: "item_reference", id: "msg_1" }] },
    param: "input[1].id",
  },
  {
    title: "an item where no answer tells one",
    members: { input: [{ role: "user", content: [{ type: "item_reference", id: "msg_1" }] }] },
    param: "input[0].content[0].type",
  },
  {
    title: "something encrypted elsewhere",
    members: { input: [{ type: "reasoning", summary: [], encrypted_content: "gAAA" }] },
    param: "input[0].encrypted_content",
  },
]) {
  test(`${title} is refused by its name, and nothing is sent`, async (t) => {
    const engines = await startEngines(t);
    const cell = await startKeepingCell(t, engines);
    const told = await askResponse(cell, members);
    assert.equal(told.status, 404, told.text);
    assert.deepEqual(
      [told.body.error.type, told.body.error.param],
      ["caller_unknown_reference", param ?? "previous_response_id"],
    );
    assert.equal(reached(engines), 0);
  });
}

test("an id is good for the tenant and the person whom it was given to, and altered in no digit", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const { body } = await askResponse(cell, {}, { person: "8841" });
  const { id } = body;
  const before = reached(engines);
  const [endpoint = ""] = /fra-[12]/.exec(id) ?? [];
  const altered = id.replace(endpoint, endpoint === "fra-1" ? "fra-2" : "fra-1");
  const moved = id.replace(/^resp_(one|two)1/, "resp_$12");
  const last = id.endsWith("A") ? "Q" : "A";
  const answers = [
    await askResponse(cell, { previous_response_id: id }, { person: "8842" }),
    await askResponse(cell, { previous_response_id: id }),
    await askResponse(cell, { previous_response_id: id }, { tenant: "demo-clinic", person: "8841" }),
    await askResponse(cell, { previous_response_id: altered }, { person: "8841" }),
    await askResponse(cell, { previous_response_id: moved }, { person: "8841" }),
    await askResponse(cell, { previous_response_id: id.slice(0, -1) + last }, { person: "8841" }),
    await askResponse(cell, { previous_response_id: id.slice(0, -1) }, { person: "8841" }),
    await askResponse(cell, { input: [{ type: "item_reference", id }] }, { person: "8841" }),
  ];
  for (const { status, body: told } of answers) {
    assert.equal(status, 404);
    assert.equal(told.error.type, "caller_unknown_reference");
  }
  // Whatever is wrong with it is told in one sentence.
  const sentences = answers.map(({ body: told }) => told.error.message.replace(/^`[^`]*`/, ""));
  assert.equal(new Set(sentences).size, 1);
  assert.equal(reached(engines), before);
  assert.equal((await askResponse(cell, { previous_response_id: id }, { person: "8841" })).status, 200);
});

test("what was given to a person is nobody's once the person is erased", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const person = "8841";
  const { body } = await askResponse(cell, {}, { person });
  const order = { tenant: "demo-bank", person, ground: "gdpr-17-1-b" };
  assert.equal((await askAdmin(cell, "POST", "/admin/erasures", order)).status, 200);
  const told = await askResponse(cell, { previous_response_id: body.id }, { person });
  assert.equal(told.body.error.type, "caller_unknown_reference", told.text);
  assert.equal(reached(engines), 1);
});

test("an id is good after a restart, and in the next month", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const engines = await startEngines(t);
  const before = await startKeepingCell(t, engines, { directory, now: () => Date.UTC(2026, 11, 31, 23) });
  const first = await askResponse(before, {});
  assert.match(first.body.id, /_bw1-2026-12-/);
  await before.gateway.drain();
  await before.ledger.close();
  let now = Date.UTC(2027, 0, 1, 1);
  const after = await startKeepingCell(t, engines, { directory, now: () => now });
  const second = await askResponse(after, { previous_response_id: first.body.id });
  assert.equal(second.status, 200, second.text);
  assert.equal(second.endpoint, first.endpoint);
  assert.match(second.body.id, /_bw1-2027-01-/);
  now = Date.UTC(2028, 0, 2);
  const late = await askResponse(after, { previous_response_id: first.body.id });
  assert.equal(late.body.error.type, "caller_unknown_reference", late.text);
});

test("an id that one thread gave is good at the other", async (t) => {
  const engines = await startEngines(t);
  const workers = new SeenWorkers();
  const cell = await startKeepingCell(t, engines, { workers: { count: 2, onWorker: workers.add } });
  const first = await askResponse(cell, {});
  const haveBothAnswered = (): boolean =>
    workers.all.length === 2 && workers.all.every((worker) => workers.finishedBy(worker) > 1);
  for (let turn = 0; turn < 200 && !haveBothAnswered(); turn++) {
    const told = await askResponse(cell, { previous_response_id: first.body.id });
    assert.equal(told.status, 200, told.text);
    assert.equal(told.endpoint, first.endpoint);
  }
  assert.ok(haveBothAnswered());
});

test("an endpoint that is away has no substitute: the answer says so, and what to do", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const first = await askResponse(cell, {});
  const [kept, other] = sides(first);
  engines[kept].isUp = false;
  const before = engines[other].bodies.length;
  for (let round = 0; round < 4; round++) {
    const told = await askResponse(cell, { previous_response_id: first.body.id });
    assert.ok([502, 503].includes(told.status), told.text);
    assert.match(told.body.error.type, /^(policy_region_unavailable|provider_failed)$/);
    assert.equal(told.body.error.param, "previous_response_id");
    assert.match(
      told.body.error.message,
      new RegExp(`came from \`${kept}\`, so no other is asked: leave it out`),
    );
  }
  assert.equal(engines[other].bodies.length, before);
  engines[kept].isUp = true;
});

test("an endpoint that the law takes away is asked no more, nor is another one in its place", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const first = await askResponse(cell, {});
  const [kept] = sides(first);
  await suspend(cell, kept);
  const before = reached(engines);
  const told = await askResponse(cell, { previous_response_id: first.body.id });
  assert.equal(told.status, 451, told.text);
  assert.deepEqual(
    [told.body.error.type, told.body.error.param],
    ["policy_no_lawful_endpoint", "previous_response_id"],
  );
  assert.match(told.body.error.message, new RegExp(`a legal event stands.*came from \`${kept}\``));
  assert.equal(reached(engines), before);
  const decision = cell.entries.findLast((entry) => entry.t === "decision");
  assert.equal(decision?.t === "decision" && decision.verdict, "refuse");
  assert.equal((await askResponse(cell, {})).status, 200);
});

async function suspend(cell: TestCell, endpoint: string): Promise<void> {
  putNote(cell.legalDirectory, "stop.note", noteOf(suspension("stop", "endpoint", endpoint)));
  while (!cell.entries.some((entry) => entry.t === "legal")) await pause(5);
}

test("a request that builds on two endpoints is refused, and so is one whose model the endpoint does not serve", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const given = new Map<string, string>();
  for (let round = 0; round < 40 && given.size < 2; round++) {
    const told = await askResponse(cell, {});
    given.set(told.endpoint ?? "", told.body.output[1]?.id ?? "");
  }
  const [one, two] = [given.get("fra-1"), given.get("fra-2")];
  const before = reached(engines);
  const references = [one, two].map((id) => ({ type: "item_reference", id }));
  const both = await askResponse(cell, { input: references });
  assert.equal(both.status, 400, both.text);
  assert.deepEqual([both.body.error.type, both.body.error.param], ["caller_invalid_request", "input[1].id"]);
  const elsewhere = await askResponse(
    cell,
    { input: [{ type: "item_reference", id: two }] },
    { model: "alone" },
  );
  assert.equal(elsewhere.status, 400, elsewhere.text);
  assert.match(elsewhere.body.error.message, /came from `fra-2`, which does not serve `alone`/);
  assert.equal(reached(engines), before);
});

test("a model with one endpoint passes ids as they come, and takes the mark off where one bears it", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const alone = await askResponse(cell, {}, { model: "alone" });
  assert.match(alone.body.id, /^resp_one\d+$/);
  const reasoning = {
    type: "reasoning",
    summary: [],
    encrypted_content: alone.body.output[0]?.encrypted_content,
  };
  const next = await askResponse(
    cell,
    { previous_response_id: alone.body.id, input: [reasoning] },
    { model: "alone" },
  );
  assert.equal(next.status, 200, next.text);
  for (let round = 0; round < 40; round++) {
    const marked = await askResponse(cell, {});
    if (marked.endpoint !== "fra-1") continue;
    const told = await askResponse(cell, { previous_response_id: marked.body.id }, { model: "alone" });
    assert.equal(told.status, 200, told.text);
    return;
  }
  assert.fail("`fra-1` was never asked");
});

test("nothing is pinned by an engine of chats, which keeps nothing: the member is refused", async (t) => {
  const engines = await startEngines(t);
  const policy = chainPolicy.replaceAll("serves: [responses]", "serves: [chat_completions]");
  const cell = await startKeepingCell(t, engines, { policy });
  const told = await askResponse(cell, { previous_response_id: resp });
  assert.equal(told.status, 404, told.text);
  assert.equal(told.body.error.param, "previous_response_id");
  assert.equal(reached(engines), 0);
});

test("OpenAI's client chains responses over a model with two endpoints", async (t) => {
  const engines = await startEngines(t);
  const cell = await startKeepingCell(t, engines);
  const client = new OpenAI({ baseURL: `${cell.gateway.url}/v1`, apiKey: keyOf("demo-bank"), maxRetries: 0 });
  const ask = (previous: string | null, isStream: boolean): Promise<OpenAI.Responses.Response> => {
    const params = { model: "chain", input: "hi", store: true, previous_response_id: previous };
    return isStream ? client.responses.stream(params).finalResponse() : client.responses.create(params);
  };
  for (const isStream of [false, true]) {
    const method = `responses.${isStream ? "stream" : "create"}, chained by previous_response_id`;
    await judge(t, { client: "openai, two engines that keep", method }, async () => {
      let last = await ask(null, isStream);
      const [name] = last.output_text.split(",");
      for (let turn = 2; turn < 6; turn++) {
        last = await ask(last.id, isStream);
        assert.equal(last.output_text, `${name}, turn ${turn}`);
      }
    });
  }
  await judge(
    t,
    { client: "openai, two engines that keep", method: "responses.create, by its output" },
    async () => {
      const first = await client.responses.create({ model: "sealed", input: "hi" });
      const [name] = first.output_text.split(",");
      for (let turn = 0; turn < 4; turn++) {
        const said = first.output.filter(({ type }) => type === "reasoning" || type === "message");
        const input = [...said, { role: "user", content: "go on" }] as OpenAI.Responses.ResponseInput;
        const { output_text: text } = await client.responses.create({ model: "sealed", input });
        assert.equal(text.split(",")[0], name);
      }
    },
  );
});
