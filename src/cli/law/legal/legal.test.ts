// Legal events as counsel and a cell's process live with them: the real commands, a real cell, and its restart.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { command } from "../../../../test/support/command.ts";

const program = new URL("../../../../bin/bailiwick", import.meta.url).pathname;

interface Office {
  readonly config: string;
  readonly key: string;
  readonly flags: readonly string[];
}

/** A cell whose one engine nobody runs: what is lawful is answered with 503, and what is not with 451. */
async function openOffice(t: TestContext): Promise<Office> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-legal-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const [config, key] = [join(directory, "cell.yaml"), join(directory, "legal.pem")];
  const vkey = (await command("legal", "key", "--key", key, "--name", "acme.example/legal")).stdout.trim();
  const hash = createHash("sha256").update("sk-bank").digest("hex");
  writeFileSync(
    join(directory, "policy.yaml"),
    `bailiwick: 1
deployment: acme.example
law: { packs: [eu-gdpr], event-keys: ["${vkey}"] }
operators: { rhein-cloud: { home: DE } }
cells: { fra: { place: DE, url: "https://fra.acme.example", operator: rhein-cloud } }
endpoints: { fra-1: { cell: fra, engine: sim, url: "http://127.0.0.1:1", operator: rhein-cloud, place: DE } }
models: { assistant: { served-by: { fra-1: assistant } } }
tenants: { bank: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${hash} } } } }
`,
  );
  writeFileSync(config, "bailiwick-cell: 1\ncell: fra\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\n");
  return { config, key, flags: ["--config", config, "--key", key] };
}

test("a suspension holds in a running cell, through its restart, until it is lifted", async (t) => {
  const { config, flags } = await openOffice(t);
  let cell = await serve(t, config);
  assert.equal(await ask(cell.url), 503);
  const suspended = await command(
    "legal",
    "suspend",
    ...flags,
    "--id",
    "stop",
    "--operator",
    "rhein-cloud",
    "--reason",
    "injunction",
  );
  assert.equal(suspended.code, 0, suspended.stderr);
  await untilAsked(cell.url, 451);

  cell.process.kill("SIGKILL");
  await once(cell.process, "exit");
  cell = await serve(t, config);
  assert.equal(await ask(cell.url), 451);

  const lifted = await command(
    "legal",
    "lift",
    "stop",
    ...flags,
    "--id",
    "lift-stop",
    "--reason",
    "order-ended",
    "--json",
  );
  assert.equal(lifted.code, 0, lifted.stderr);
  await untilAsked(cell.url, 503);
  const listed = (await command("legal", "list", "--config", config)).stdout;
  assert.match(
    listed,
    /^stop {2}lifted {2}suspends operator rhein-cloud {2}\(injunction\) from .*, signed by acme\.example\/legal$/m,
  );
  assert.match(listed, /^lift-stop {2}in force {2}lifts stop {2}\(order-ended\)/m);
});

const mistakes = [
  {
    title: "an operator that the policy does not have",
    args: ["--operator", "rein-cloud", "--id", "stop"],
    code: 2,
    message: /operator `rein-cloud` is not in the policy; it has `rhein-cloud`; did you mean `rhein-cloud`/,
  },
  {
    title: "a place that is none",
    args: ["--region", "XX", "--id", "stop"],
    code: 2,
    message: /region `XX`/,
  },
  { title: "no target", args: ["--id", "stop"], code: 64, message: /name one of --region/ },
  {
    title: "two targets",
    args: ["--region", "DE", "--endpoint", "fra-1", "--id", "stop"],
    code: 64,
    message: /name one of --region/,
  },
  { title: "an id in capitals", args: ["--region", "DE", "--id", "Stop"], code: 2, message: /id `Stop`/ },
  {
    title: "an end before the beginning",
    args: ["--region", "DE", "--id", "stop", "--until", "2001-01-01"],
    code: 2,
    message: /`--until` comes after `--from`/,
  },
];
test("a mistake in a suspension is told, and nothing is put in force", async (t) => {
  const { config, flags } = await openOffice(t);
  for (const { title, args, code, message } of mistakes) {
    await t.test(title, async () => {
      const said = await command("legal", "suspend", ...flags, "--reason", "sanction", ...args);
      assert.equal(said.code, code, said.stderr);
      assert.match(said.stderr, message);
    });
  }
  assert.equal((await command("legal", "list", "--config", config)).stdout, "no legal events\n");
});

test("an id is used once, a lift needs its suspension, and a key must be the policy's", async (t) => {
  const { key, config, flags } = await openOffice(t);
  const suspend = [...flags, "--region", "DE", "--reason", "drill"];
  assert.equal((await command("legal", "suspend", ...suspend, "--id", "stop")).code, 0);
  assert.match((await command("legal", "suspend", ...suspend, "--id", "stop")).stderr, /id `stop` was used/);
  const lift = await command("legal", "lift", "other", ...flags, "--id", "l", "--reason", "mistake");
  assert.match(lift.stderr, /no suspension `other` is held/);
  const other = `${key}.other`;
  await command("legal", "key", "--key", other, "--name", "acme.example/legal");
  const args = ["--config", config, "--key", other, "--region", "DE", "--reason", "drill", "--id", "stop-2"];
  assert.match((await command("legal", "suspend", ...args)).stderr, /none of the policy's `law.event-keys`/);
});

async function serve(t: TestContext, config: string): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(program, ["serve", "--config", config, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { cells } = JSON.parse(line) as { readonly cells: readonly { readonly url: string }[] };
  return { url: cells[0]?.url ?? assert.fail(), process: child };
}

async function ask(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-bank", "content-type": "application/json" },
    body: JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "How do you do?" }] }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** The cell hears of the file by itself; from its first such answer on, every answer is that one. */
async function untilAsked(url: string, status: number): Promise<void> {
  while ((await ask(url)) !== status) await pause(10);
  assert.equal(await ask(url), status);
}
