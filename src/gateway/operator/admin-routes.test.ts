import assert from "node:assert/strict";
import { test } from "node:test";
import { askAdmin } from "../../../test/support/ask-admin.ts";
import { startTestCell, testAdminToken } from "../../../test/support/test-cell.ts";

test("the admin listener tells its errors as problems, the callers' one in the callers' dialect", async (t) => {
  const { gateway } = await startTestCell(t);
  const problem = await fetch(`${gateway.adminUrl}/admin/nothing`);
  assert.equal(problem.status, 404);
  assert.equal(problem.headers.get("content-type"), "application/problem+json");
  const told = (await problem.json()) as { readonly detail: string };
  assert.match(told.detail, /^no such path here; there are `GET \/livez`, .*`POST \/admin\/erasures`/);
  assert.deepEqual(told, {
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: told.detail,
    code: "caller_unknown_route",
  });
  const error = await fetch(`${gateway.url}/admin/nothing`);
  assert.equal(error.headers.get("content-type"), "application/json");
});

for (const { title, authorization } of [
  { title: "no token", authorization: null },
  { title: "another token", authorization: `Bearer ${"f".repeat(32)}` },
  { title: "the beginning of the token", authorization: `Bearer ${testAdminToken.slice(0, -1)}` },
  { title: "the token in another scheme", authorization: `Basic ${testAdminToken}` },
]) {
  test(`the admin API does nothing for ${title}`, async (t) => {
    const { gateway, entries } = await startTestCell(t);
    const before = entries.length;
    const answer = await fetch(`${gateway.adminUrl}/admin/keys/rotate`, {
      method: "POST",
      body: "{}",
      headers: authorization === null ? {} : { authorization },
    });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    assert.equal(((await answer.json()) as { code: string }).code, "unauthenticated");
    assert.equal(entries.length, before);
  });
}

test("callers do not reach the admin API", async (t) => {
  const { gateway } = await startTestCell(t);
  const answer = await fetch(`${gateway.url}/admin/keys`, {
    headers: { authorization: `Bearer ${testAdminToken}` },
  });
  assert.equal(answer.status, 404);
});

for (const { title, input, detail } of [
  { title: "a body that is no JSON", input: "{", detail: /no JSON object/ },
  {
    title: "an unknown member",
    input: { subject: "0".repeat(32), ground: "gdpr-17-1-a", why: "" },
    detail: /^a member is not known here; it takes `subject`, `tenant`, .*`ground`$/,
  },
  {
    title: "a ground that is not listed",
    input: { subject: "0".repeat(32), ground: "because" },
    detail: /^`ground`: expected one of `gdpr-17-1-a`, .*`contract-ended`$/,
  },
  {
    title: "both a handle and a tenant",
    input: { subject: "0".repeat(32), tenant: "a", ground: "gdpr-17-1-a" },
    detail: /either/,
  },
  {
    title: "a member twice",
    input: `{"subject":"${"0".repeat(32)}","subject":"${"1".repeat(32)}","ground":"gdpr-17-1-a"}`,
    detail: /^a member is given twice$/,
  },
  { title: "a list for a body", input: "[]", detail: /^expected a JSON object$|no JSON object/ },
  {
    title: "members of other types",
    input: { subject: 5, months: [], evenIfNotInPolicy: 1, ground: null },
    detail:
      /^`subject`: expected text; `evenIfNotInPolicy`: expected `true`; `months`: expected a list of at least 1; `ground`: expected one of /,
  },
  { title: "neither a handle nor a tenant", input: { ground: "gdpr-17-1-a" }, detail: /either/ },
  {
    title: "a month that is none",
    input: { tenant: "a", months: ["2026-13"], ground: "gdpr-17-1-a" },
    detail: /months/,
  },
]) {
  test(`an erasure with ${title} is refused, and its values are not repeated`, async (t) => {
    const cell = await startTestCell(t);
    const { status, body } = await askAdmin(cell, "POST", "/admin/erasures", input);
    assert.equal(status, 400);
    assert.equal(body["code"], "invalid_request");
    assert.match(String(body["detail"]), detail);
    assert.doesNotMatch(String(body["detail"]), /because|2026-13/);
  });
}

test("a query that names two tenants is refused, and neither is taken", async (t) => {
  const cell = await startTestCell(t);
  const { status, body } = await askAdmin(
    cell,
    "GET",
    "/admin/tenant-handle?tenant=demo-bank&tenant=demo-shop",
  );
  assert.deepEqual([status, body["detail"]], [400, "a member is given twice"]);
});

const misspelt = [
  { method: "GET", path: "/admin/tenant-handle", input: { tenant: "demo-bnak" } },
  { method: "GET", path: "/admin/records", input: { tenant: "demo-bnak" } },
  { method: "POST", path: "/admin/holds", input: { tenant: "demo-bnak", reason: "audit" } },
  { method: "POST", path: "/admin/holds/release", input: { tenant: "demo-bnak", reason: "audit" } },
  { method: "POST", path: "/admin/erasures", input: { tenant: "demo-bnak", ground: "gdpr-17-1-a" } },
] as const;

for (const { method, path, input } of misspelt) {
  test(`${method} ${path} finds no tenant that the policy does not have, and says who may have been meant`, async (t) => {
    const cell = await startTestCell(t);
    const ask = (given: Readonly<Record<string, string | true>>) =>
      method === "POST"
        ? askAdmin(cell, method, path, given)
        : askAdmin(
            cell,
            method,
            `${path}?${new URLSearchParams(given as Record<string, string>).toString()}`,
          );
    const { status, body } = await ask(input);
    assert.deepEqual([status, body["code"]], [404, "not_found"]);
    assert.match(
      String(body["detail"]),
      /no tenant of that name; did you mean `demo-bank`\?.*`evenIfNotInPolicy`/,
    );
    assert.doesNotMatch(String(body["detail"]), /demo-bnak/);
    assert.deepEqual(cell.entries, []);
    const left = { ...input, evenIfNotInPolicy: method === "GET" ? "true" : true };
    const taken = await ask(left as Readonly<Record<string, string | true>>);
    assert.equal(taken.status, method === "GET" ? 200 : 404);
    assert.doesNotMatch(String(taken.body["detail"]), /did you mean/);
  });
}

for (const hostile of ["alice@example.org", "\u001b[2J", "\u202eevil"]) {
  test(`a member called ${JSON.stringify(hostile)} is not repeated in the problem`, async (t) => {
    const cell = await startTestCell(t);
    const { status, body } = await askAdmin(cell, "POST", "/admin/erasures", {
      [hostile]: 1,
      ground: "gdpr-17-1-a",
    });
    assert.equal(status, 400);
    assert.ok(!JSON.stringify(body).includes(JSON.stringify(hostile).slice(1, -1)));
    assert.match(String(body["detail"]), /^a member is not known here; it takes /);
  });
}

test("a body larger than 64 KiB is refused", async (t) => {
  const cell = await startTestCell(t);
  const { status } = await askAdmin(cell, "POST", "/admin/erasures", { subject: "0".repeat(70_000) });
  assert.equal(status, 413);
});

test("rotation and rewrap are recorded, with the key's name as a hash", async (t) => {
  const cell = await startTestCell(t);
  await askAdmin(cell, "POST", "/admin/keys/rotate", {});
  await askAdmin(cell, "POST", "/admin/keys/rewrap", {});
  const acts = cell.entries.filter((entry) => entry.t === "key");
  assert.deepEqual(
    acts.map(({ act, service }) => [act, service]),
    [
      ["rotate", "file"],
      ["rewrap", "file"],
    ],
  );
  assert.equal(acts[0]?.key, acts[1]?.key);
});
