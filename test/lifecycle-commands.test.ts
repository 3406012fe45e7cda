// Erase, hold, disclose, keys and records as an operator types them, with the cell running and without.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { CellId, EndpointId, RequestId } from "../src/base/index.ts";
import { randomBytes } from "../src/keys/index.ts";
import { append, openLedger, stamp } from "../src/store/index.ts";
import { canaries, type CanaryCell, prepareSite } from "./support/canary-cell.ts";
import { bailiwick, eventually } from "./support/demo.ts";
import { command } from "./support/command.ts";

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
  assert.match((await command("hold", "list", ...config)).stdout, new RegExp(`${subject}  litigation`));

  const keyFile = join(site.directory, "key.json");
  const disclosed = ["--subject", subject, "--to", "auditor", "--out", keyFile];
  assert.equal((await command("disclose", ...config, ...disclosed)).code, 0);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const [request, response] = [join(site.directory, "request"), join(site.directory, "answer")];
  writeFileSync(request, body);
  writeFileSync(response, answer);
  const check = (...args: readonly string[]) =>
    command("disclose", "check", cell.ledger, "--key", keyFile, ...args);
  await eventually(
    async () =>
      (await check("--request", request, "--answer", response, "--json")).stdout.split("\n").length > 2,
  );
  const matches = (await check("--request", request, "--answer", response, "--json")).stdout
    .trimEnd()
    .split("\n");
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
  assert.equal((await check("--request", request)).code, 1);
  assert.equal((await check()).code, 2);

  assert.equal(await cell.stop(), 0);
  assert.ok(!existsSync(join(cell.stateDirectory, "admin-url")));
  const held = await command("erase", ...config, ...person("alice"), "--ground", "gdpr-17-1-a");
  assert.equal(held.code, 1);
  assert.match(held.stderr, /does not run: opened its state in/);
  assert.match(held.stderr, /held for `litigation`: nothing was destroyed/);
  assert.equal(
    (await command("hold", "release", ...config, ...person("alice"), "--reason", "litigation")).code,
    0,
  );
  assert.ok((await command("records", "show", ...config, "--request", rid)).stdout.includes(answer));
  assert.match((await command("keys", "rotate", ...config)).stdout, /version 2/);
  assert.match((await command("keys", "rewrap", ...config)).stdout, /^2 subject keys are under version 2/);
  const erased = await command("erase", ...config, "--subject", subject, "--ground", "gdpr-17-1-a", "--json");
  assert.deepEqual(JSON.parse(erased.stdout), { ground: "gdpr-17-1-a", erased: [subject] });
  assert.equal((await command("records", "show", ...config, "--request", rid)).code, 1);
  assert.equal((await command("disclose", ...config, ...disclosed)).code, 1);
  const trust = join(cell.stateDirectory, "trust.policy");
  assert.equal((await command("ledger", "verify", cell.ledger, "--trust", trust)).code, 0);
});

test("a quarantine is listed and released, on the state of a cell and asked of the running one", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  const config = ["--config", cell.config];
  assert.equal((await command("quarantine", "list", ...config)).stdout, "no quarantines\n");
  assert.equal(await cell.stop(), 0);
  await quarantine(cell, ["fra-1", "fra-2"]);

  const listed = await command("quarantine", "list", ...config);
  assert.match(listed.stderr, /does not run: opened its state in/);
  assert.match(listed.stdout, /fra-1 +20\S+Z +violation +[0-9a-f]{32}\n/);
  const released = await command("quarantine", "release", ...config, "--endpoint", "fra-2");
  assert.deepEqual([released.code, released.stdout], [0, "released fra-2\n"]);

  const again = await site.start();
  const asked = await command("quarantine", "list", ...config, "--json");
  assert.match(asked.stderr, /asked cell `eu-frankfurt`, which runs/);
  const { quarantines } = JSON.parse(asked.stdout) as {
    readonly quarantines: readonly { readonly endpoint: string }[];
  };
  assert.deepEqual(
    quarantines.map(({ endpoint }) => endpoint),
    ["fra-1"],
  );
  assert.equal((await command("quarantine", "release", ...config, "--endpoint", "fra-1")).code, 0);
  const twice = await command("quarantine", "release", ...config, "--endpoint", "fra-1");
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /no endpoint of this name is in quarantine/);
  await ask(again, "alice");
  assert.equal(await again.stop(), 0);
  const trust = join(cell.stateDirectory, "trust.policy");
  assert.equal((await command("ledger", "verify", cell.ledger, "--trust", trust)).code, 0);
});

/** As the cell records it; it does not run. */
async function quarantine({ stateDirectory }: CanaryCell, endpoints: readonly string[]): Promise<void> {
  const cell = "eu-frankfurt" as CellId;
  const ledger = await openLedger({
    directory: join(stateDirectory, "ledger"),
    keysDirectory: join(stateDirectory, "keys", "log"),
    deployment: "canary.example",
    jurisdiction: "DE",
    replica: null,
    cell,
    policyHash: "0".repeat(64),
    software: "bailiwick/0.0.0",
  });
  for (const endpoint of endpoints) {
    const made = stamp({ cell, now: Date.now, randomBytes });
    const rid = "ab".repeat(16) as RequestId;
    const entry = { ...made, t: "quarantine", endpoint: endpoint as EndpointId, rid } as const;
    await append({ ledger }, entry, { kind: "endpoint" });
  }
  await ledger.close();
}

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
  const before = (await command("ledger", "show", cell.ledger)).stdout;
  const { code, stderr } = await command("keys", "health", "--config", cell.config);
  assert.equal(code, 0);
  assert.equal((await command("ledger", "show", cell.ledger)).stdout, before, "a look is no entry");
  assert.match(stderr, /does not run/);
  assert.equal(connections, 0);
});

test("while the cell runs and its address is not there, its state stays shut", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  writeFileSync(join(cell.stateDirectory, "admin-url"), "http://127.0.0.1:1\n");
  const { code, stderr } = await command("keys", "rotate", "--config", cell.config);
  assert.equal(code, 2);
  assert.match(stderr, /lock|in use|another process/i);
});

test("keys are erased month by month, and a subject of another month is not found", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  const config = ["--config", cell.config];
  await ask(cell, "alice");
  const month = new Date().toISOString().slice(0, "yyyy-mm".length);
  const erase = (...months: readonly string[]) =>
    command(
      "erase",
      ...config,
      ...person("alice"),
      "--ground",
      "gdpr-17-1-a",
      ...months.flatMap((each) => ["--month", each]),
    );
  const missed = await erase("2020-01");
  assert.deepEqual([missed.code, missed.stdout], [1, ""]);
  assert.match(missed.stderr, /there is no key of that subject/);
  const erased = await erase("2020-01", month);
  assert.deepEqual([erased.code, erased.stderr.includes("defect")], [0, false]);
  assert.match(erased.stdout, /^erased [0-9a-f]{32} \(gdpr-17-1-a\)\n/);
});

test("a handle or a request that the cell does not know ends with 1 and says so, asked of the cell and of its state", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  const config = ["--config", cell.config];
  const stranger = ["--subject", "0".repeat(32)];
  const out = join(site.directory, "stranger.json");
  const commands: readonly (readonly [readonly string[], RegExp])[] = [
    [["erase", ...config, ...stranger, "--ground", "gdpr-17-1-a"], /no key is called `0{32}`/],
    [["hold", "place", ...config, ...stranger, "--reason", "audit"], /no key is called `0{32}`/],
    [["hold", "release", ...config, ...stranger, "--reason", "audit"], /no hold stands there for `audit`/],
    [["disclose", ...config, ...stranger, "--to", "auditor", "--out", out], /no key is called `0{32}`/],
    [["records", "show", ...config, "--request", "0".repeat(32)], /there is no record of that request/],
  ];
  const tell = async (): Promise<void> => {
    const before = (await command("ledger", "show", cell.ledger)).stdout;
    for (const [words, says] of commands) {
      const { code, stdout, stderr } = await command(...words);
      assert.deepEqual([code, stdout], [1, ""], words.join(" "));
      assert.match(stderr, says);
    }
    assert.ok(!existsSync(out));
    assert.doesNotMatch(
      (await command("ledger", "show", cell.ledger)).stdout.slice(before.length),
      /"t":"(?:erasure|hold|disclosure|access)"/,
    );
  };
  await tell();
  assert.equal(await cell.stop(), 0);
  await tell();
});

test("a hold whose time is over holds nothing, and is not placed", async (t) => {
  const site = await prepareSite(t);
  const cell = await site.start();
  const config = ["--config", cell.config];
  await ask(cell, "alice");
  const over = await command(
    "hold",
    "place",
    ...config,
    ...person("alice"),
    "--reason",
    "audit",
    "--until",
    "2020-01-01",
  );
  assert.deepEqual([over.code, over.stdout], [2, ""]);
  assert.match(over.stderr, /`untilMs`: that time is over, so nothing would be held/);
  assert.equal((await command("hold", "list", ...config)).stdout, "no holds\n");
});

test("an erasure without a ground of the list is bad usage", async () => {
  const { code, stderr } = await command(
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
