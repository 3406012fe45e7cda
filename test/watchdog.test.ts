// What a cell owes to whoever runs it, whatever happens around it: it ends when asked, it goes on without a reader of its
// log, and it sends its admin token to nobody.
import assert from "node:assert/strict";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { cpSync, globSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, test, type TestContext } from "node:test";
import { command } from "./support/command.ts";
import { bailiwick, bailiwickIn, type Demo, eventually, startDemo } from "./support/demo.ts";
import { chatAt } from "./support/serve.ts";
import { whyNotTraced } from "./support/strace.ts";
import { type ServedProcess, startServedProcess } from "./support/served-process.ts";

describe("a cell as a process", { concurrency: false }, () => {
  let directory = "";
  let keys: Demo["contract"]["keys"];
  const config = (): string => join(directory, "us-virginia.yaml");
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "bailiwick-watchdog-"));
    const demo = await startDemo({ directory });
    ({ keys } = demo.contract);
    assert.equal(await demo.stop(), 0);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function serve(
    t: TestContext,
    environment?: Readonly<Record<string, string>>,
  ): Promise<ServedProcess> {
    const served = await startServedProcess(config(), environment);
    t.after(async () => {
      if (served.child.exitCode === null) served.child.kill("SIGKILL");
      await served.ended;
    });
    return served;
  }

  const ask = ({ cell }: ServedProcess): Promise<void> => chatAt(cell.url, keys["demo-shop"] ?? "");

  test("SIGTERM that comes twice within milliseconds drains once and exits 0", async (t) => {
    const served = await serve(t);
    served.child.kill("SIGTERM");
    await delay(5);
    served.child.kill("SIGTERM");
    assert.deepEqual(await served.ended, [0, null]);
    assert.equal(served.stderr().match(/"cell_draining"/g)?.length, 1);
  });

  test("everything that `serve` says on stderr is a line of JSON, its warnings too", async (t) => {
    const served = await serve(t);
    await ask(served);
    served.child.kill("SIGTERM");
    await served.ended;
    const lines = served.stderr().trimEnd().split("\n");
    const events = lines.map((line) => (JSON.parse(line) as { readonly event: string }).event);
    assert.ok(events.includes("said"), "the warning about the keys of development is missing");
  });

  test("a `serve` that cannot start says why in a line of JSON", () => {
    const { code, stderr } = bailiwick("serve", "--config", join(directory, "no-such.yaml"));
    assert.equal(code, 2);
    const said = JSON.parse(stderr) as { readonly event: string; readonly message: string };
    assert.match(said.message, /no-such\.yaml/);
  });

  test("a cell whose log reader leaves goes on, counts what nobody reads, and ends with 0", async (t) => {
    const served = await serve(t);
    served.child.stderr.destroy();
    for (let count = 0; count < 5; count++) await ask(served);
    const metrics = await (await fetch(`${served.cell.admin}/metrics`)).text();
    const dropped = /bailiwick_log_lines_dropped_total\{[^}]*\} (\d+)/.exec(metrics);
    assert.ok(Number(dropped?.[1]) >= 5, dropped?.[0]);
    served.child.kill("SIGTERM");
    assert.deepEqual(await served.ended, [0, null]);
  });

  test("a cell whose readers stall goes on, and ends when asked", async (t) => {
    const served = await serve(t);
    served.child.stderr.pause();
    served.child.stdout.pause();
    for (let batch = 0; batch < 10; batch++)
      await Promise.all(Array.from({ length: 100 }, () => ask(served)));
    served.child.kill("SIGTERM");
    assert.deepEqual(await served.ended, [0, null]);
  });

  test("a cell whose reader of stdout leaves goes on", async (t) => {
    const served = await serve(t);
    served.child.stdout.destroy();
    await ask(served);
    served.child.kill("SIGTERM");
    assert.deepEqual(await served.ended, [0, null]);
  });

  test("whatever proxy the environment names, a cell becomes ready, its admin client finds it, and the proxy hears nothing", async (t) => {
    const proxy = await startProxy(t);
    const named = {
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      HTTPS_PROXY: proxy.url,
      ALL_PROXY: proxy.url,
    };
    const environment = { ...named, NODE_USE_ENV_PROXY: "1", NODE_OPTIONS: "--use-env-proxy", NO_PROXY: "" };
    const served = await serve(t, environment);
    await ask(served);
    const { code, stderr } = bailiwickIn(environment, "keys", "health", "--config", config());
    assert.equal(code, 0, stderr);
    served.child.kill("SIGTERM");
    assert.deepEqual(await served.ended, [0, null]);
    assert.deepEqual(proxy.heard, []);
  });

  test(
    "a cell whose disk hangs refuses with 503, says that it is not ready, and ends with 70 when asked, saying so",
    { skip: whyNotTraced() ?? false, timeout: 240_000 },
    async (t) => {
      const served = await serve(t);
      await ask(served);
      const release = await holdCalls(t, served, "fdatasync");
      const statuses = await Promise.all([statusOf(served), statusOf(served)]);
      assert.deepEqual(statuses, [503, 503]);
      const ready = async (): Promise<number> => (await fetch(`${served.cell.admin}/readyz`)).status;
      await eventually(async () => (await ready()) === 503);
      await eventually(() => served.stderr().includes('"ledger_stalled"'));
      served.child.kill("SIGTERM");
      await eventually(() => served.stderr().includes("the ledger cannot write: stalled"), 60_000);
      // The process is about to end; what is left of it waits for the tracer.
      release();
      assert.deepEqual(await served.ended, [70, null]);
    },
  );

  test("a second `serve` of a state, and one whose port is taken, say what is wrong and which port it is", async (t) => {
    const served = await serve(t);
    const twice = bailiwick("serve", "--config", config());
    assert.equal(twice.code, 2);
    assert.match(twice.stderr, new RegExp(`process ${served.child.pid} writes this ledger: two writers`));
    served.child.kill("SIGTERM");
    await served.ended;
    for (const [member, url] of Object.entries({ listen: served.cell.url, admin: served.cell.admin })) {
      const other = createServer().listen(Number(new URL(url).port), "127.0.0.1");
      await once(other, "listening");
      const { code, stderr } = await command("serve", "--config", config());
      other.close();
      assert.equal(code, 2);
      assert.match(
        stderr,
        new RegExp(`cannot listen for [a-z]+ \\(\`${member}\`\\) on [^ ]+: the port is taken`),
      );
    }
  });

  for (const { part, change } of [
    { part: "vault", change: (path: string) => renameSync(path, `${path}.away`) },
    { part: "keys/admin-token", change: (path: string) => writeFileSync(path, "") },
    { part: "keys/wrapping.key", change: (path: string) => truncateSync(path, 20) },
    { part: "keys/witness.pem", change: (path: string) => rmSync(path) },
  ]) {
    test(`a cell beside whose ledger \`${part}\` is missing or damaged does not start, and makes nothing anew`, async () => {
      const copy = mkdtempSync(join(tmpdir(), "bailiwick-parts-"));
      try {
        cpSync(directory, copy, { recursive: true });
        const file = join(copy, "us-virginia.yaml");
        const [state = ""] = globSync(join(copy, "**", "us-virginia", "ledger")).map((ledger) =>
          join(ledger, ".."),
        );
        change(join(state, part));
        const before = globSync(["keys/**", "vault/**"], { cwd: state });
        const { code, stderr } = await command("serve", "--config", file);
        assert.equal(code, 2, stderr);
        assert.ok(stderr.includes(join(state, part)), stderr);
        assert.match(stderr, /restore it/);
        const left = globSync(["keys/**", "vault/**"], { cwd: state });
        assert.deepEqual(left.toSorted(), before.toSorted());
      } finally {
        rmSync(copy, { recursive: true });
      }
    });
  }

  const statusOf = async ({ cell }: ServedProcess): Promise<number> => {
    const answer = await fetch(`${cell.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys["demo-shop"] ?? ""}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "assistant", messages: [{ role: "user", content: "hello" }] }),
    });
    await answer.text();
    return answer.status;
  };

  // The last one, for it damages the state.
  test(
    "a tile folder that vanishes ends the cell with 70: nothing goes round without an end",
    { timeout: 120_000 },
    async (t) => {
      const served = await serve(t);
      await ask(served);
      const tiles = (): readonly string[] => globSync(join(served.cell.ledger, "log", "*", "tile"));
      // The first seal makes the folder, and may be late on a loaded machine.
      while (tiles().length === 0) await delay(20);
      for (const folder of tiles()) await rm(folder, { recursive: true });
      await statusOf(served);
      assert.deepEqual(await served.ended, [70, null]);
      assert.match(served.stderr(), /the ledger takes nothing more/);
    },
  );
});

/** From now on no call of that name by any thread of the process returns. */
async function holdCalls(t: TestContext, { child }: ServedProcess, name: string): Promise<() => void> {
  const inject = `inject=${name}:delay_enter=600000000`;
  const args = ["-f", "-p", String(child.pid), "-e", `trace=${name}`, "-e", inject, "-o", "/dev/null"];
  const tracer = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => tracer.kill("SIGKILL"));
  await once(tracer.stderr, "data");
  return () => tracer.kill("SIGKILL");
}

async function startProxy(
  t: TestContext,
): Promise<{ readonly url: string; readonly heard: readonly string[] }> {
  const heard: string[] = [];
  const proxy = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  proxy.on("connect", (request, socket) => {
    heard.push(`CONNECT ${request.url}`);
    socket.destroy();
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  t.after(() => proxy.close());
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, heard };
}
