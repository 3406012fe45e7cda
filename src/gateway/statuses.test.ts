// DESIGN §3's table of what a caller sees, row by row, against a cell of real parts.
import assert from "node:assert/strict";
import { outcomeView } from "../ledger/index.ts";
import { test } from "node:test";
import { type Ask, askChat, chatBody, errorOf } from "../../test/support/ask.ts";
import { startTestCell, testCapacity } from "../../test/support/test-cell.ts";

interface Row {
  readonly title: string;
  readonly ask: Ask;
  readonly status: number;
  readonly type: string;
  readonly param?: string;
  readonly verdict?: "refuse" | "redirect";
  readonly also?: Readonly<Record<string, string>>;
}

const rows: readonly Row[] = [
  {
    title: "two laws that no place satisfies together",
    ask: { tenant: "nomad" },
    status: 451,
    type: "policy_no_lawful_endpoint",
    verdict: "refuse",
    also: { link: '<https://eu.test.example>; rel="blocked-by"' },
  },
  {
    title: "a subject of another cell",
    ask: { tenant: "demo-dubai" },
    status: 421,
    type: "policy_misdirected",
    param: "https://ae.test.example",
    verdict: "redirect",
  },
  {
    title: "a model that only another lawful cell serves",
    ask: { tenant: "demo-shop", model: "overseas" },
    status: 421,
    type: "policy_misdirected",
    param: "https://us.test.example",
    verdict: "redirect",
  },
  {
    title: "a model that no lawful endpoint serves",
    ask: { model: "overseas" },
    status: 451,
    type: "policy_no_lawful_endpoint",
    verdict: "refuse",
  },
  {
    title: "a tenant that does not say where its subjects are",
    ask: { tenant: "nowhere" },
    status: 403,
    type: "policy_jurisdiction_unknown",
    verdict: "refuse",
  },
  {
    title: "a subject in a place whose law no pack states",
    ask: { headers: { "bailiwick-jurisdiction": "AQ" } },
    status: 403,
    type: "policy_jurisdiction_unknown",
    verdict: "refuse",
  },
  {
    title: "a jurisdiction that is not a code",
    ask: { headers: { "bailiwick-jurisdiction": "Germany" } },
    status: 400,
    type: "caller_invalid_signal",
    param: "bailiwick-jurisdiction",
  },
  {
    title: "an unknown class",
    ask: { headers: { "bailiwick-class": "secret" } },
    status: 400,
    type: "caller_invalid_signal",
    param: "bailiwick-class",
  },
  {
    title: "classes that contradict each other",
    ask: { headers: { "bailiwick-class": "non-personal, health" } },
    status: 400,
    type: "caller_invalid_signal",
    param: "bailiwick-class",
  },
  {
    title: "a misspelt signal, which would else be without effect",
    ask: { headers: { "bailiwick-juristiction": "US" } },
    status: 400,
    type: "caller_invalid_signal",
  },
  {
    title: "a signal with an underscore",
    ask: { headers: { bailiwick_class: "health" } },
    status: 400,
    type: "caller_invalid_signal",
  },
  {
    title: "malformed JSON",
    ask: { body: '{"model":' },
    status: 400,
    type: "caller_invalid_request",
  },
  {
    title: "a wrong type",
    ask: { body: '{"model":"assistant","messages":"hello"}' },
    status: 400,
    type: "caller_invalid_request",
    param: "messages",
  },
  {
    title: "bytes that are not UTF-8",
    ask: {
      body: Buffer.from('{"model":"assistant","messages":[{"role":"user","content":"\xff"}]}', "latin1"),
    },
    status: 400,
    type: "caller_invalid_request",
  },
  {
    title: "another media type",
    ask: { headers: { "content-type": "text/plain" } },
    status: 415,
    type: "caller_unsupported_media_type",
    param: "content-type",
  },
  {
    title: "a compressed body",
    ask: { headers: { "content-encoding": "gzip" } },
    status: 415,
    type: "caller_unsupported_media_type",
    param: "content-encoding",
  },
  {
    title: "a body that is announced too large",
    ask: { body: " ".repeat(70_000) },
    status: 413,
    type: "caller_body_too_large",
  },
  { title: "an unknown key", ask: { tenant: "nobody" }, status: 401, type: "caller_unauthenticated" },
  { title: "an expired key", ask: { tenant: "late" }, status: 401, type: "caller_unauthenticated" },
  {
    title: "an unknown model",
    ask: { model: "gpt-99" },
    status: 404,
    type: "caller_unknown_model",
    param: "model",
  },
  {
    title: "a model that the tenant may not use",
    ask: { tenant: "narrow", model: "assistant" },
    status: 404,
    type: "caller_unknown_model",
    param: "model",
  },
];

test("a request that gets no answer", async (t) => {
  const cell = await startTestCell(t, { limits: { maxBodyBytes: 65_536 } });
  for (const { title, ask, status, type, param, verdict, also } of rows) {
    await t.test(`${title}: ${status} ${type}`, async () => {
      const before = cell.entries.length;
      const answer = await askChat(cell, ask);
      assert.equal(answer.status, status, answer.text);
      const error = errorOf(answer);
      assert.equal(error.type, type);
      if (param !== undefined) assert.equal(error.param, param);
      for (const [name, value] of Object.entries(also ?? {})) assert.equal(answer.headers.get(name), value);
      assert.match(answer.headers.get("bailiwick-request-id") ?? "", /^[0-9a-f]{32}$/);
      assert.equal(answer.headers.get("bailiwick-cell"), "eu-frankfurt");
      assert.equal(answer.headers.get("retry-after"), null, "no wait cures this");
      assert.equal(answer.headers.get("bailiwick-endpoint"), null);
      // One, or more: `fetch` itself asks a second time on 421 (Fetch §4.4).
      const recorded = cell.entries.slice(before);
      assert.equal(recorded.length > 0, verdict !== undefined);
      for (const entry of recorded) {
        assert.ok(entry.t === "decision");
        assert.deepEqual([entry.verdict, entry.error], [verdict, type]);
      }
      if (verdict) assert.match(answer.headers.get("bailiwick-ledger") ?? "", /^test\.example\/.*#\d+$/);
    });
  }
  for (const endpoint of cell.engineUrls.keys()) assert.equal(await cell.requestsAt(endpoint), 0);
});

test("a request within the law is answered by its cell, and says so", async (t) => {
  const cell = await startTestCell(t);
  const answer = await askChat(cell, { model: "solo" });
  assert.equal(answer.status, 200);
  assert.equal((JSON.parse(answer.text) as { object: string }).object, "chat.completion");
  const told = ["endpoint", "region", "evidence"].map((name) => answer.headers.get(`bailiwick-${name}`));
  assert.deepEqual(told, ["fra-1", "DE", "E3"]);
  assert.equal(answer.headers.get("x-sim-place"), null, "upstream headers are not passed on");
  const [decision, outcome] = cell.entries;
  assert.ok(decision?.t === "decision" && outcome?.t === "outcome");
  assert.equal(answer.headers.get("bailiwick-ledger"), `${cell.ledger.origin}#${outcome.decision}`);
  assert.equal(answer.headers.get("bailiwick-policy"), decision.policy);
  assert.deepEqual([outcome.result, outcome.status], ["complete", 200]);
  assert.equal(outcomeView(outcome).answered?.endpoint, "fra-1");
  assert.ok(decision.req !== null && outcome.res !== null && decision.req !== outcome.res);
});

test("a key in `x-api-key` or `api-key` is as good as a bearer token, two different ones are none", async (t) => {
  const cell = await startTestCell(t);
  const url = `${cell.gateway.url}/v1/models`;
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(url, { headers })).status;
  assert.equal(await status({ "x-api-key": "sk-demo-bank" }), 200);
  assert.equal(await status({ "x-api-key": "sk-demo-bank", authorization: "Bearer sk-demo-bank" }), 200);
  assert.equal(await status({ "x-api-key": "sk-demo-bank", authorization: "Bearer sk-demo-shop" }), 401);
  assert.equal(await status({ "api-key": "sk-demo-bank" }), 200);
  assert.equal(await status({ "api-key": "sk-demo-bank", "x-api-key": "sk-demo-bank" }), 200);
  assert.equal(await status({ "api-key": "sk-demo-bank", "x-api-key": "sk-demo-shop" }), 401);
  assert.equal(await status({ "api-key": "sk-demo-bank", authorization: "Bearer sk-demo-shop" }), 401);
  assert.equal(await status({ authorization: "Basic c2s6" }), 401);
});

test("a `Bearer` without a value says that it is empty, as where a shell's variable is not set", async (t) => {
  const cell = await startTestCell(t);
  for (const authorization of ["Bearer", "Bearer ", "bearer   "]) {
    const answer = await fetch(`${cell.gateway.url}/v1/models`, { headers: { authorization } });
    assert.equal(answer.status, 401);
    assert.match(
      await answer.text(),
      /the `Bearer` value of `authorization` is empty; is the variable set\?/,
    );
  }
});

test("a jurisdiction header adds a regime and never takes one away", async (t) => {
  const cell = await startTestCell(t);
  const american = await askChat(cell, { headers: { "bailiwick-jurisdiction": "US" } });
  assert.equal(american.status, 200);
  assert.equal(american.headers.get("bailiwick-region"), "DE");
  const [decision] = cell.entries;
  assert.ok(decision?.t === "decision");
  assert.deepEqual(decision.places, [
    { place: "DE", basis: "tenant-contract" },
    { place: "US", basis: "header" },
  ]);
});

test("the models of a caller are those that it may use, and that are lawful here", async (t) => {
  const cell = await startTestCell(t);
  const models = async (tenant: string): Promise<string[]> => {
    const answer = await fetch(`${cell.gateway.url}/v1/models`, {
      headers: { authorization: `Bearer sk-${tenant}` },
    });
    return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  assert.deepEqual(await models("demo-bank"), ["assistant", "solo"]);
  assert.deepEqual(await models("narrow"), ["solo"]);
  assert.deepEqual(await models("demo-dubai"), []);
  assert.deepEqual(cell.entries, [], "nothing was sent, so nothing is recorded");
});

test("requests above the tenant's rate are told when to come back", async (t) => {
  const cell = await startTestCell(t);
  const ask = { tenant: "slow" };
  const statuses = [await askChat(cell, ask), await askChat(cell, ask), await askChat(cell, ask)];
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 200, 429],
  );
  const [, , limited] = statuses;
  assert.equal(limited && errorOf(limited).type, "caller_rate_limited");
  assert.ok(Number(limited?.headers.get("retry-after")) >= 1);
});

test("requests above the tenant's concurrency wait for the others to end", async (t) => {
  const cell = await startTestCell(t);
  const ask = { tenant: "limited", isStream: true };
  await cell.setFault("fra-1", "hang", 1);
  await cell.setFault("fra-2", "hang", 1);
  await cell.setFault("fra-3", "hang", 1);
  const leave = new AbortController();
  const first = await fetch(`${cell.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-limited", "content-type": "application/json" },
    body: chatBody(ask),
    signal: leave.signal,
  });
  assert.equal(first.status, 200);
  assert.equal((await askChat(cell, ask)).status, 429);
  leave.abort();
});

test("paths and methods that do not exist", async (t) => {
  const cell = await startTestCell(t);
  for (const { path, method, status, allow } of [
    { path: "/v1/score", method: "POST", status: 404, allow: null },
    { path: "/v1/chat/completions", method: "GET", status: 405, allow: "POST" },
    { path: "/v1/models", method: "DELETE", status: 405, allow: "GET, HEAD" },
  ]) {
    await t.test(`${method} ${path}: ${status}`, async () => {
      const answer = await fetch(cell.gateway.url + path, { method });
      assert.deepEqual([answer.status, answer.headers.get("allow")], [status, allow]);
      assert.match(
        errorOf({ text: await answer.text() }).type,
        /^caller_(unknown_route|method_not_allowed)$/,
      );
    });
  }
});

test("health is on both listeners; what operators alone may know, and the API, are on one each", async (t) => {
  const cell = await startTestCell(t);
  for (const url of [cell.gateway.url, cell.gateway.adminUrl]) {
    for (const path of ["/livez", "/readyz"]) {
      assert.equal((await fetch(url + path)).status, 200, `${url}${path}`);
    }
  }
  assert.equal((await fetch(`${cell.gateway.adminUrl}/metrics`)).status, 200);
  assert.equal((await fetch(`${cell.gateway.url}/metrics`)).status, 404);
  for (const query of ["?verbose", "?verbose=1", "?a&verbose"]) {
    assert.equal(await (await fetch(`${cell.gateway.url}/readyz${query}`)).text(), "ok\n");
  }
  const verbose = await (await fetch(`${cell.gateway.adminUrl}/readyz?verbose`)).json();
  assert.equal((verbose as { cell: string }).cell, "eu-frankfurt");
  assert.deepEqual((verbose as { capacity: unknown }).capacity, testCapacity);
  const { packs } = verbose as { packs: readonly { id: string; sha256: string }[] };
  assert.ok(packs.some(({ id, sha256 }) => id === "eu-gdpr" && /^[0-9a-f]{64}$/.test(sha256)));
  assert.equal((await fetch(`${cell.gateway.adminUrl}/v1/models`)).status, 404);
});

test("a request is counted by cell, region, endpoint and outcome", async (t) => {
  const cell = await startTestCell(t);
  await askChat(cell, { model: "solo" });
  await askChat(cell, { tenant: "nowhere" });
  const metrics = await (await fetch(`${cell.gateway.adminUrl}/metrics`)).text();
  assert.match(
    metrics,
    /bailiwick_requests_total\{cell="eu-frankfurt",endpoint="fra-1",outcome="complete",region="DE"\} 1\n/,
  );
  assert.match(metrics, /bailiwick_requests_total\{.*outcome="policy_jurisdiction_unknown".*\} 1\n/);
  assert.match(metrics, /bailiwick_ledger_size\{cell="eu-frankfurt"\} 5\n/);
});
