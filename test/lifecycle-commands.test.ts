// Erase, hold, disclose, keys and records as an operator types them, with the cell running and without.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { canaries, type CanaryCell, prepareSite } from "./support/canary-cell.ts";
import { bailiwick, eventually } from "./support/demo.ts";

const body = JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "hello" }] });

async function ask(
  { url }: CanaryCell,
  person: string,
): Promise<{ readonly rid: string; readonly answer: string }> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${canaries.apiKey}`,
      "content-type": "application/json",
      "bailiwick-subject": person,
    },
    body,
  });
  assert.equal(answer.status, 200);
  return { rid: answer.headers.get("bailiwick-request-id") ?? "", answer: await answer.text() };
}

function person(name: string): readonly string[] {
  return ["--tenant", canaries.tenant, "--person", name];
}

test("a lifecycle from hold to erasure, asked of the running cell and then done on its state", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  const config = ["--config", cell.config];
  const { rid, answer } = await ask(cell, "alice");
  await ask(cell, "bob");

  const placed = bailiwick(
    "hold",
    "place",
    ...config,
    ...person("alice"),
    "--reason",
    "litigation",
    "--json",
  );
  assert.equal(placed.code, 0);
  assert.match(placed.stderr, /asked cell `eu-frankfurt`, which runs, at http:\/\/127\.0\.0\.1:\d+/);
  const [subject = ""] = (JSON.parse(placed.stdout) as { readonly handles: readonly string[] }).handles;
  assert.match(bailiwick("hold", "list", ...config).stdout, new RegExp(`${subject}  litigation`));

  const keyFile = join(site.directory, "key.json");
  const disclosed = ["--subject", subject, "--to", "auditor", "--out", keyFile];
  assert.equal(bailiwick("disclose", ...config, ...disclosed).code, 0);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const [request, response] = [join(site.directory, "request"), join(site.directory, "answer")];
  writeFileSync(request, body);
  writeFileSync(response, answer);
  const check = (...args: readonly string[]) =>
    bailiwick("disclose", "check", cell.ledger, "--key", keyFile, ...args);
  await eventually(
    () => check("--request", request, "--answer", response, "--json").stdout.split("\n").length > 2,
  );
  const matches = check("--request", request, "--answer", response, "--json").stdout.trimEnd().split("\n");
  assert.deepEqual(
    matches.map((line) => {
      const { what, rid } = JSON.parse(line) as { readonly what: string; readonly rid: string };
      return [what, rid];
    }),
    [
      ["request", rid],
      ["answer", rid],
    ],
    "the other person's request was the same, and does not match",
  );
  writeFileSync(request, `${body} `);
  assert.equal(check("--request", request).code, 1);
  assert.equal(check().code, 2);

  assert.equal(await cell.stop(), 0);
  assert.ok(!existsSync(join(cell.stateDirectory, "admin-url")));
  const held = bailiwick("erase", ...config, ...person("alice"), "--ground", "gdpr-17-1-a");
  assert.equal(held.code, 1);
  assert.match(held.stderr, /does not run: opened its state in/);
  assert.match(held.stderr, /held for `litigation`: nothing was destroyed/);
  assert.equal(bailiwick("hold", "release", ...config, ...person("alice"), "--reason", "litigation").code, 0);
  assert.ok(bailiwick("records", "show", ...config, "--request", rid).stdout.includes(answer));
  assert.match(bailiwick("keys", "rotate", ...config).stdout, /version 2/);
  assert.match(bailiwick("keys", "rewrap", ...config).stdout, /^2 subject keys are under version 2/);
  const erased = bailiwick("erase", ...config, "--subject", subject, "--ground", "gdpr-17-1-a", "--json");
  assert.deepEqual(JSON.parse(erased.stdout), { ground: "gdpr-17-1-a", erased: [subject] });
  assert.equal(bailiwick("records", "show", ...config, "--request", rid).code, 1);
  assert.equal(bailiwick("disclose", ...config, ...disclosed).code, 1);
  const trust = join(cell.stateDirectory, "trust.policy");
  assert.equal(bailiwick("ledger", "verify", cell.ledger, "--trust", trust).code, 0);
});

test("a cell that was killed leaves its address behind, and its state is opened all the same", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  assert.equal(await cell.stop(), 0);
  // Somebody else listens there now, who would be handed the token.
  let connections = 0;
  const other = createServer(() => connections++).listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  writeFileSync(join(cell.stateDirectory, "admin-url"), `http://127.0.0.1:${port}\n`);
  const before = bailiwick("ledger", "show", cell.ledger).stdout;
  const { code, stderr } = bailiwick("keys", "health", "--config", cell.config);
  assert.equal(code, 0);
  assert.equal(bailiwick("ledger", "show", cell.ledger).stdout, before, "a look is no entry");
  assert.match(stderr, /does not run/);
  assert.equal(connections, 0);
});

test("while the cell runs and its address is not there, its state stays shut", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  writeFileSync(join(cell.stateDirectory, "admin-url"), "http://127.0.0.1:1\n");
  const { code, stderr } = bailiwick("keys", "rotate", "--config", cell.config);
  assert.equal(code, 2);
  assert.match(stderr, /lock|in use|another process/i);
});

test("an erasure without a ground of the list is bad usage", () => {
  const { code, stderr } = bailiwick(
    "erase",
    "--config",
    "cell.yaml",
    "--subject",
    "0".repeat(32),
    "--ground",
    "whim",
  );
  assert.equal(code, 64);
  assert.match(stderr, /gdpr-17-1-a/);
});
