// Files that callers leave in the cell, by OpenAI's official client: whose they are, where they may lie, and for how long.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import OpenAI, { toFile } from "openai";
import { sha256, verifyEd25519 } from "../../src/keys/index.ts";
import { verifyLedger } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { judge } from "../support/client-verdicts.ts";
import { eventually } from "../support/demo.ts";
import { noteOf, putNote, suspension } from "../support/legal-notes.ts";
import { startRawUpstream, wholeAnswer } from "../support/raw-http.ts";
import {
  chatLine,
  chatLines,
  clientOf,
  refused,
  resultsIn,
  startStoringCell,
  storingPolicy,
  submit,
  submitFile,
  upload,
  whenBatch,
  whenOver,
} from "../support/storing-cell.ts";
import { keyOf, type TestCell } from "../support/test-cell.ts";

const dayMs = 24 * 60 * 60 * 1_000;

type Method = readonly [name: string, run: (client: OpenAI) => Promise<void>];

const methods: readonly Method[] = [
  [
    "files.create, with an expiry of its own",
    async (client) => {
      const file = await client.files.create({
        file: await toFile(Buffer.from("notes"), "notes.txt"),
        purpose: "user_data",
        expires_after: { anchor: "created_at", seconds: 3_600 },
      });
      assert.equal((file.expires_at ?? 0) - file.created_at, 3_600);
      assert.deepEqual([file.filename, file.bytes, file.purpose], ["notes.txt", 5, "user_data"]);
    },
  ],
  [
    "files.list, page by page",
    async (client) => {
      const made = [];
      for (const text of ["a", "b", "c"]) made.push((await upload(client, text)).id);
      const listed = [];
      for await (const { id } of client.files.list({ limit: 2, purpose: "batch" })) listed.push(id);
      assert.deepEqual(new Set(listed), new Set(made));
    },
  ],
  [
    "files.retrieve",
    async (client) => {
      const file = await upload(client, "text");
      assert.deepEqual(await client.files.retrieve(file.id), file);
    },
  ],
  [
    "files.content",
    async (client) => {
      const text = "ü".repeat(100_000);
      const { id } = await upload(client, text);
      assert.equal(await (await client.files.content(id)).text(), text);
    },
  ],
  [
    "files.delete",
    async (client) => {
      const { id } = await upload(client, "text");
      assert.equal((await client.files.delete(id)).deleted, true);
      await refused(client.files.retrieve(id), 404, "caller_unknown_file");
    },
  ],
  [
    "batches.create, retrieve and list",
    async (client) => {
      const { id } = await submit(client, chatLines(2));
      const batch = await whenOver(client, id);
      assert.equal(batch.status, "completed");
      const listed = [];
      for await (const each of client.batches.list()) listed.push(each.id);
      assert.deepEqual(listed, [id]);
    },
  ],
  [
    "batches.cancel, of one that is over",
    async (client) => {
      const { id } = await submit(client, chatLines(1));
      await whenOver(client, id);
      assert.equal((await client.batches.cancel(id)).status, "completed");
    },
  ],
];

test("OpenAI's client runs every method of files and batches", async (t) => {
  for (const [method, run] of methods) {
    await judge(t, { client: "openai", method }, async () => {
      const cell = await startStoringCell(t);
      await run(clientOf(cell));
    });
  }
});

test("a bad line among good ones is one error in the error file and nothing else, and the log verifies", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory });
  const client = clientOf(cell);
  const good = [...chatLines(9), chatLine("last")];
  const { id } = await submit(client, [...good.slice(0, 9), "{ not json", "", ...good.slice(9)]);
  const batch = await whenOver(client, id);
  assert.deepEqual(batch.request_counts, { total: 11, completed: 10, failed: 1 });
  const errors = await resultsIn(client, batch.error_file_id);
  assert.deepEqual(
    errors.map(({ error, response }) => [error?.code, response]),
    [["invalid_line", null]],
  );
  assert.match(errors[0]?.error?.message ?? "", /^the line is no JSON object .*: expected .* \(at byte 2\)$/);
  const output = await resultsIn(client, batch.output_file_id);
  assert.deepEqual(new Set(output.map((line) => line.custom_id)), new Set(good.map(customIdOf)));
  for (const { response, repeated } of output) {
    assert.deepEqual([response?.status_code, repeated], [200, undefined]);
    assert.match(JSON.stringify(response?.body), /simulated engine in DE/);
  }
  // Each line is a request of its own in the ledger, beside the upload, the submission and two fetches.
  const ids = new Set(cell.entries.flatMap((entry) => (entry.t === "decision" ? [entry.rid as string] : [])));
  assert.ok(output.every(({ response }) => ids.has(response?.request_id ?? "")));
  assert.equal(ids.size, 10 + 4);
  await cell.ledger.close();
  const logs = await openLogDirectory(join(directory, "ledger"));
  const trust = { logs: [cell.ledger.verifierKey], witnesses: [], quorum: { kind: "none" } } as const;
  const report = await verifyLedger({
    readers: logs.map(({ reader }) => reader),
    trust,
    sha256,
    verifyEd25519,
  });
  assert.deepEqual(
    report.logs.map(({ problems, openDecisionCount }) => ({ problems, openDecisionCount })),
    [{ problems: [], openDecisionCount: 0 }],
  );
});

for (const { endpoint, body } of [
  { endpoint: "/v1/embeddings", body: { model: "assistant", input: "a" } },
  { endpoint: "/v1/completions", body: { model: "assistant", prompt: "a" } },
  { endpoint: "/v1/responses", body: { model: "assistant", input: "a" } },
  {
    endpoint: "/v1/messages",
    body: { model: "assistant", max_tokens: 9, messages: [{ role: "user", content: "a" }] },
  },
] as const) {
  test(`a line of a batch may ask \`${endpoint}\``, async (t) => {
    const cell = await startStoringCell(t);
    const client = clientOf(cell);
    const lines = [{ custom_id: "a", method: "POST", url: endpoint, body }].map((line) =>
      JSON.stringify(line),
    );
    const { id } = await upload(client, lines.join("\n"));
    const submitted = await client.batches.create({
      input_file_id: id,
      endpoint: endpoint as "/v1/embeddings",
      completion_window: "24h",
    });
    const batch = await whenOver(client, submitted.id);
    assert.deepEqual(batch.request_counts, { total: 1, completed: 1, failed: 0 });
  });
}

test("what may not lie in this cell is refused before it is read, and recorded; nothing is kept", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory });
  await refused(upload(clientOf(cell, "nomad"), "text"), 451, "policy_no_lawful_endpoint");
  await refused(upload(clientOf(cell, "demo-dubai"), "text"), 421, "policy_misdirected");
  // A 421 is asked again on another connection by `fetch` itself.
  assert.deepEqual(
    new Set(cell.entries.map((entry) => entry.t === "decision" && entry.verdict)),
    new Set(["refuse", "redirect"]),
  );
  assert.deepEqual(globSync("files/**/content", { cwd: directory }), []);
});

test("a file is decided on again when it is fetched, under the law of then", async (t) => {
  const cell = await startStoringCell(t);
  const client = clientOf(cell);
  const { id } = await upload(client, "text");
  assert.equal(await (await client.files.content(id)).text(), "text");
  for (const operator of ["rhein-cloud", "pacific-cloud"])
    putNote(
      cell.legalDirectory,
      `${operator}.note`,
      noteOf(suspension(`stop-${operator}`, "operator", operator)),
    );
  await eventually(async () => (await fetchStatus(cell, id)) === 451, 10_000);
  const last = cell.entries.at(-1);
  assert.ok(last?.t === "decision" && last.verdict === "refuse");
});

test("what was said of a file at its upload counts when it is fetched and for each line of its batch", async (t) => {
  const cell = await startStoringCell(t);
  const { id } = await upload(clientOf(cell, "demo-bank", { "bailiwick-class": "health" }), chatLine("a"));
  const client = clientOf(cell);
  await client.files.content(id);
  const { id: batch } = await submitFile(client, id);
  assert.equal((await whenOver(client, batch)).status, "completed");
  const decisions = cell.entries.filter((entry) => entry.t === "decision");
  assert.equal(decisions.length, 4);
  for (const { classes } of decisions) assert.ok(classes.includes("health"), classes.join());
});

test("a file of another tenant, or of another person, is not there", async (t) => {
  const cell = await startStoringCell(t);
  const anna = { "bailiwick-subject": "anna" };
  const { id } = await upload(clientOf(cell, "demo-bank", anna), "text");
  const others = [
    clientOf(cell, "demo-clinic"),
    clientOf(cell, "demo-clinic", anna),
    clientOf(cell),
    clientOf(cell, "demo-bank", { "bailiwick-subject": "bert" }),
  ];
  for (const other of others) {
    await refused(other.files.retrieve(id), 404, "caller_unknown_file");
    await refused(other.files.content(id), 404, "caller_unknown_file");
    await refused(other.files.delete(id), 404, "caller_unknown_file");
    await refused(submitFile(other, id), 404, "caller_unknown_file");
    assert.deepEqual((await other.files.list()).data, []);
  }
  assert.equal(await (await clientOf(cell, "demo-bank", anna).files.content(id)).text(), "text");
});

test("an id that is none, however it is written, is no file", async (t) => {
  const cell = await startStoringCell(t);
  for (const id of [
    "file-1",
    "%2e%2e",
    "..%2f..%2fvault",
    `file-${"0".repeat(32)}`,
    `batch_${"0".repeat(32)}`,
  ])
    assert.equal(await fetchStatus(cell, id), 404, id);
});

test("a file ends when it was said to, and is not kept for longer than the policy lets it", async (t) => {
  let offsetMs = 0;
  const cell = await startStoringCell(t, { now: () => Date.now() + offsetMs });
  const client = clientOf(cell);
  const file = await upload(client, "text");
  assert.equal((file.expires_at ?? 0) - file.created_at, 7 * 24 * 60 * 60);
  const tooLong = client.files.create({
    file: await toFile(Buffer.from("text"), "a"),
    purpose: "batch",
    expires_after: { anchor: "created_at", seconds: 30 * 24 * 60 * 60 + 1 },
  });
  await refused(tooLong, 400, "caller_invalid_request");
  offsetMs = 7 * dayMs;
  await refused(client.files.content(file.id), 404, "caller_unknown_file");
  assert.deepEqual((await client.files.list()).data, []);
});

test("a tenant has no more files, and no larger ones, than its policy says", async (t) => {
  const cell = await startStoringCell(t, { limits: { maxBodyBytes: 4_000_000 } });
  const client = clientOf(cell);
  await refused(upload(client, "x".repeat(2_000_001)), 403, "caller_storage_full");
  for (let count = 0; count < 12; count++) await upload(client, "text");
  await refused(upload(client, "text"), 403, "caller_storage_full");
  await upload(clientOf(cell, "demo-clinic"), "text");
});

test("files and batches are counted together, batches that are over too, and what is deleted makes room", async (t) => {
  const policy = storingPolicy.replaceAll("max-count: 12", "max-count: 4");
  const client = clientOf(await startStoringCell(t, { policy }));
  const { id: input } = await upload(client, chatLine("a"));
  const outputs: string[] = [];
  for (let count = 0; count < 2; count++) {
    const { id } = await submitFile(client, input);
    outputs.push(String((await whenOver(client, id)).output_file_id));
  }
  const message = /there are 3 files and 2 batches, and may be 4 together .*`max-count`.*; delete files/;
  for (const asking of [() => upload(client, "text"), () => submitFile(client, input)])
    await assert.rejects(asking(), { status: 403, type: "caller_storage_full", message });
  for (const output of outputs) await client.files.delete(output);
  assert.equal((await whenOver(client, (await submitFile(client, input)).id)).status, "completed");
});

test("what a batch has written so far takes room that no upload and no other batch has", async (t) => {
  const engine = await startRawUpstream(t, (socket, request) => {
    const message = { role: "assistant", content: "x".repeat(1_100_000) };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    if (!request.includes("Say last")) socket.write(wholeAnswer(200, JSON.stringify({ choices })));
  });
  const urls = { "fra-1": engine.url, "fra-2": engine.url, "fra-3": engine.url };
  const cell = await startStoringCell(t, { urls, limits: { drainTimeoutMs: 0 } });
  const client = clientOf(cell);
  const { id: small } = await upload(client, chatLine("a"));
  const { id } = await submit(client, [chatLine("a"), chatLine("b"), chatLine("last")]);
  await whenBatch(client, id, ({ request_counts: counts }) => counts?.completed === 2);
  await refused(upload(client, "text"), 403, "caller_storage_full");
  await refused(submitFile(client, small), 403, "caller_storage_full");
});

test("a tenant whose policy does not allow it leaves nothing", async (t) => {
  const cell = await startStoringCell(t);
  await refused(upload(clientOf(cell, "narrow"), "text"), 400, "caller_invalid_request");
});

test("of a file that lies on disk nothing can be read, not even what it is called", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory });
  const client = clientOf(cell, "demo-bank", { "bailiwick-subject": "anna" });
  const { id } = await submit(client, [chatLine("secret-id")]);
  await whenOver(client, id);
  const found = globSync("{files,batches}/**/*", { cwd: directory, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  assert.ok(found.length >= 5, String(found.length));
  for (const { parentPath, name } of found) {
    const bytes = readFileSync(join(parentPath, name));
    for (const word of ["secret-id", "lines.jsonl", "anna", "assistant", "demo-bank", "output"])
      assert.ok(!bytes.includes(word), `${name} holds \`${word}\``);
  }
});

test("where the disk does not take a file, the caller hears so and nothing is half kept", async (t) => {
  const directory = temporary(t);
  const cell = await startStoringCell(t, { directory });
  writeFileSync(join(directory, "files"), "no folder");
  await refused(upload(clientOf(cell), "text"), 503, "gateway_files_unavailable");
  rmSync(join(directory, "files"));
  assert.deepEqual((await clientOf(cell).files.list()).data, []);
  assert.ok(await upload(clientOf(cell), "text"));
});

for (const { title, body, type = "multipart/form-data; boundary=b" } of [
  { title: "that is none", body: "{}", type: "application/json" },
  { title: "that ends early", body: '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch' },
  {
    title: "with two files",
    body: `${part('name="file"; filename="a"', "x")}${part('name="file2"; filename="b"', "y")}${part('name="purpose"', "batch")}--b--`,
  },
  { title: "without a file", body: `${part('name="purpose"', "batch")}--b--` },
  {
    title: "of a purpose that is not known",
    body: `${part('name="file"; filename="a"', "x")}${part('name="purpose"', "fine-tune")}--b--`,
  },
  {
    title: "with a field that is not known",
    body: `${part('name="file"; filename="a"', "x")}${part('name="purpose"', "batch")}${part('name="share"', "all")}--b--`,
  },
]) {
  test(`an upload ${title} is refused, and nothing is kept`, async (t) => {
    const cell = await startStoringCell(t);
    const answer = await fetch(`${cell.gateway.url}/v1/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${keyOf("demo-bank")}`, "content-type": type },
      body,
    });
    assert.ok([400, 415].includes(answer.status), await answer.text());
    assert.deepEqual((await clientOf(cell).files.list()).data, []);
  });
}

function customIdOf(line: string): string {
  return (JSON.parse(line) as { readonly custom_id: string }).custom_id;
}

function part(name: string, content: string): string {
  return `--b\r\ncontent-disposition: form-data; ${name}\r\n\r\n${content}\r\n`;
}

async function fetchStatus(cell: TestCell, id: string): Promise<number> {
  const answer = await fetch(`${cell.gateway.url}/v1/files/${id}/content`, {
    headers: { authorization: `Bearer ${keyOf("demo-bank")}` },
  });
  await answer.text();
  return answer.status;
}

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-files-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
