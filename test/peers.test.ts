// Two cells, one of them an endpoint of the other: each decides, each records its half, and a verifier finds both.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sha256, verifyEd25519 } from "../src/keys/index.ts";
import { type Entry, type LedgerReport, verifyLedger } from "../src/ledger/index.ts";
import { openLogDirectory } from "../src/store/index.ts";
import { askChat, chatBody, errorOf } from "./support/ask.ts";
import { keyHash, keyOf, startTestCell, type TestCell, testPolicy } from "./support/test-cell.ts";

const policy = testPolicy
  .replace(
    "cells:\n",
    "cells:\n  ch-zurich: { place: CH, url: https://ch.test.example, operator: rhein-cloud }\n",
  )
  .replace(
    "endpoints:\n",
    `endpoints:
  to-zurich: { cell: eu-frankfurt, engine: openai-compatible, peer: ch-zurich, operator: rhein-cloud, place: CH }
  to-frankfurt: { cell: ch-zurich, engine: openai-compatible, peer: eu-frankfurt, operator: rhein-cloud, place: DE }
  zrh-1: { cell: ch-zurich, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: CH }\n`,
  )
  .replace(
    "models:\n",
    `models:
  abroad: { served-by: { to-zurich: abroad, zrh-1: assistant } }
  kept: { allows: [store, previous_response_id], served-by: { to-zurich: kept, zrh-1: assistant } }
  lost: { served-by: { to-zurich: nothing } }
  round: { served-by: { to-zurich: round, to-frankfurt: round } }\n`,
  )
  .replace(
    "tenants:\n",
    `tenants:
  open:
    established: DE
    subjects: DE
    class: personal
    keys:
      a: { sha256: ${keyHash("sk-open")} }
      frankfurt: { sha256: ${keyHash("sk-frankfurt")}, peer: eu-frankfurt }
      zurich: { sha256: ${keyHash("sk-zurich")}, peer: ch-zurich }\n`,
  );

test("a response that the other cell's engine keeps is continued there, by a mark of each cell's", async (t) => {
  const pair = await startPair(t);
  const ask = async (previous: string | null): Promise<{ readonly status: number; readonly id: string }> => {
    const answer = await fetch(`${pair.frankfurt.gateway.url}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${keyOf("open")}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "kept", input: "hi", store: true, previous_response_id: previous }),
    });
    const { id } = (await answer.json()) as { readonly id: string };
    return { status: answer.status, id };
  };
  const { id } = await ask(null);
  assert.match(id, /_bw1-\d{4}-\d{2}-zrh-1-[\w-]{22}_bw1-\d{4}-\d{2}-to-zurich-[\w-]{22}$/);
  assert.equal((await ask(id)).status, 200);
  // The other cell would not take its own for another's.
  assert.equal((await ask(id.replace("zrh-1", "zrh-2"))).status, 404);
});

test("a transfer to a peer is an export in one log and an import in the other, and both are found", async (t) => {
  const pair = await startPair(t);
  const answer = await askChat(pair.frankfurt, { tenant: "open", model: "abroad" });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("bailiwick-endpoint"), "to-zurich");
  const sent = only(pair.frankfurt.entries, "transfer");
  const received = only(pair.zurich.entries, "import");
  assert.equal(sent.peer, "ch-zurich");
  assert.equal(received.xid, sent.xid);
  assert.deepEqual(
    pair.zurich.entries.map(({ t }) => t),
    ["decision", "import", "transfer", "outcome"],
  );
  assert.equal(only(pair.zurich.entries, "transfer").peer, null);
  const report = await pair.verify();
  assert.deepEqual(
    report.logs.map(({ problems }) => problems),
    [[], []],
  );
  assert.deepEqual(report.transfers, { pairedCount: 1, pendingCount: 0, uncheckedCount: 0 });
});

test("a request that came from a peer is not passed on to another one", async (t) => {
  const pair = await startPair(t);
  const answer = await askChat(pair.frankfurt, { tenant: "open", model: "round" });
  assert.equal(answer.status, 503, answer.text);
  assert.ok(pair.zurich.entries.length > 0);
  for (const entry of pair.zurich.entries) {
    assert.ok(entry.t === "decision");
    assert.deepEqual([entry.verdict, entry.error], ["refuse", "policy_region_unavailable"]);
  }
  assert.equal(pair.frankfurt.entries.filter((entry) => entry.t === "decision").length, 1);
  const report = await pair.verify();
  assert.deepEqual(report.transfers, { pairedCount: 0, pendingCount: 1, uncheckedCount: 0 });
});

test("an endpoint that is no peer is not told the id of a transfer", async (t) => {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers["bailiwick-transfer"] as string | undefined);
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const strangers = policy.replace(
    "engine: openai-compatible, peer: ch-zurich",
    `engine: openai-compatible, url: ${url}`,
  );
  const cell = await startTestCell(t, { policy: strangers, urls: { "to-zurich": url } });
  await askChat(cell, { tenant: "open", model: "abroad" });
  assert.deepEqual(heard, [undefined]);
  assert.equal(only(cell.entries, "transfer").peer, null);
});

const malformed = ["", "x", "0".repeat(31), "A".repeat(32), `${"0".repeat(32)}, ${"1".repeat(32)}`];

for (const value of malformed) {
  test(`a transfer header that says \`${value}\` is refused before anything is decided`, async (t) => {
    const cell = await startTestCell(t);
    const answer = await askChat(cell, { headers: { "bailiwick-transfer": value } });
    assert.equal(answer.status, 400);
    assert.equal(errorOf(answer).type, "caller_invalid_signal");
    assert.deepEqual(cell.entries, []);
  });
}

test("whoever has no key records no import", async (t) => {
  const cell = await startTestCell(t);
  const answer = await fetch(`${cell.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "bailiwick-transfer": "0".repeat(32), "content-type": "application/json" },
    body: chatBody(),
  });
  assert.equal(answer.status, 401);
  assert.deepEqual(cell.entries, []);
});

const strangers = [
  { who: "a tenant's key", tenant: "open" },
  { who: "a key of another tenant", tenant: "demo-bank" },
  { who: "the key of the very cell that is asked", tenant: "zurich" },
];

for (const { who, tenant } of strangers) {
  test(`a transfer that ${who} announces is refused, and the logs verify as if it had never been said`, async (t) => {
    const pair = await startPair(t);
    for (const xid of ["00112233445566778899aabbccddeeff", "0".repeat(32)]) {
      const answer = await askChat(pair.zurich, {
        tenant,
        model: "abroad",
        headers: { "bailiwick-transfer": xid },
      });
      assert.deepEqual([answer.status, errorOf(answer).type], [400, "caller_invalid_signal"]);
      assert.equal(errorOf(answer).param, "bailiwick-transfer");
    }
    await askChat(pair.frankfurt, { tenant: "open", model: "abroad" });
    assert.deepEqual(
      pair.zurich.entries.map(({ t }) => t),
      ["decision", "import", "transfer", "outcome"],
    );
    const { logs, transfers } = await pair.verify();
    assert.deepEqual(
      logs.flatMap(({ problems }) => problems),
      [],
    );
    assert.deepEqual(transfers, { pairedCount: 1, pendingCount: 0, uncheckedCount: 0 });
  });
}

test("a copy that a caller makes of a transfer under way leaves no half of it", async (t) => {
  const pair = await startPair(t);
  await askChat(pair.frankfurt, { tenant: "open", model: "abroad" });
  const { xid } = only(pair.frankfurt.entries, "transfer");
  const copy = { tenant: "open", model: "abroad", headers: { "bailiwick-transfer": xid } };
  assert.equal((await askChat(pair.zurich, copy)).status, 400);
  const { logs } = await pair.verify();
  assert.deepEqual(
    logs.flatMap(({ problems }) => problems),
    [],
  );
});

test("a request that the peer refuses as its caller wrote it needs no import", async (t) => {
  const pair = await startPair(t);
  const refused = await askChat(pair.frankfurt, { tenant: "open", model: "lost" });
  assert.ok(refused.status >= 400, refused.text);
  assert.deepEqual(
    pair.zurich.entries.filter(({ t }) => t === "import"),
    [],
  );
  const { logs } = await pair.verify();
  assert.deepEqual(
    logs.flatMap(({ problems }) => problems),
    [],
  );
});

test("the list of models, too, refuses a caller's word of a transfer", async (t) => {
  const cell = await startTestCell(t);
  const answer = await fetch(`${cell.gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${keyOf("demo-bank")}`, "bailiwick-transfer": "0".repeat(32) },
  });
  assert.equal(answer.status, 400);
});

test("a peer that marks nothing as a transfer is another cell all the same, and is not passed on", async (t) => {
  const pair = await startPair(t);
  const answer = await askChat(pair.zurich, { tenant: "frankfurt", model: "round" });
  assert.deepEqual([answer.status, errorOf(answer).type], [503, "policy_region_unavailable"]);
});

test("a copied request of a peer shows as received more often than it was sent", async (t) => {
  const pair = await startPair(t);
  await askChat(pair.frankfurt, { tenant: "open", model: "abroad" });
  const { xid } = only(pair.frankfurt.entries, "transfer");
  const copy = { tenant: "frankfurt", model: "abroad", headers: { "bailiwick-transfer": xid } };
  assert.equal((await askChat(pair.zurich, copy)).status, 200);
  const { logs } = await pair.verify();
  assert.deepEqual(
    logs.flatMap(({ problems }) => problems.map(({ kind }) => kind)),
    ["transfer"],
  );
});

interface Pair {
  readonly frankfurt: TestCell;
  readonly zurich: TestCell;
  /** Ends both, and verifies what they leave. */
  readonly verify: () => Promise<LedgerReport>;
}

async function startPair(t: TestContext): Promise<Pair> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-peers-"));
  const directories = ["frankfurt", "zurich"].map((name) => join(directory, name));
  const [here = "", there = ""] = directories;
  const nobody = { "to-frankfurt": "http://127.0.0.1:1" };
  const zurich = await startTestCell(t, { policy, cell: "ch-zurich", urls: nobody, directory: there });
  const frankfurt = await startTestCell(t, {
    policy,
    urls: { "to-zurich": zurich.gateway.url },
    apiKeys: { "to-zurich": "sk-frankfurt" },
    directory: here,
  });
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const cells = [frankfurt, zurich];
  return {
    frankfurt,
    zurich,
    verify: async () => {
      await Promise.all(cells.map(({ gateway }) => gateway.drain()));
      await Promise.all(cells.map(({ ledger }) => ledger.close()));
      const logs = await Promise.all(directories.map((each) => openLogDirectory(join(each, "ledger"))));
      const keys = cells.map(({ ledger }) => ledger.verifierKey);
      const trust = { logs: keys, witnesses: [], quorum: { kind: "none" } } as const;
      return verifyLedger({ readers: logs.flat().map(({ reader }) => reader), trust, sha256, verifyEd25519 });
    },
  };
}

function only<Kind extends Entry["t"]>(
  entries: readonly Entry[],
  kind: Kind,
): Extract<Entry, { readonly t: Kind }> {
  const found = entries.filter((entry) => entry.t === kind);
  assert.equal(found.length, 1);
  return found[0] as Extract<Entry, { readonly t: Kind }>;
}
