// `bailiwick up` when the machine or its directory is not as it should be, and when it is started again.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import {
  chmodSync,
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  bailiwick,
  chat,
  type Demo,
  ledgerDirectory,
  requestsTaken,
  setFault,
  startDemo,
  startDemoFor,
} from "./support/demo.ts";
import { reservePortBase } from "./support/port-block.ts";
import { command } from "./support/command.ts";

const newDirectory = (): string => mkdtempSync(join(tmpdir(), "bailiwick-up-"));

describe("a demo that was started, stopped and started again in the same directory", () => {
  let first: Demo;
  let second: Demo;
  before(async () => {
    first = await startDemo();
    assert.equal((await chat(first, { cell: "eu-frankfurt", tenant: "demo-bank" })).status, 200);
    assert.equal(await first.stop(), 0);
    writeFileSync(first.contract.policy, `# mine\n${readFileSync(first.contract.policy, "utf8")}`);
    second = await startDemo({ directory: first.directory });
  });
  after(async () => {
    assert.equal(await second.stop(), 0);
  });

  test("keeps its keys, in a file that its owner alone can read", () => {
    assert.deepEqual(second.contract.keys, first.contract.keys);
    assert.equal(statSync(join(first.directory, "keys.json")).mode & 0o777, 0o600);
  });

  test("stores no key in the policy, and one that `check` accepts", async () => {
    const policy = readFileSync(second.contract.policy, "utf8");
    for (const key of Object.values(second.contract.keys)) assert.ok(!policy.includes(key));
    const { code, stdout } = await command("check", second.contract.policy);
    assert.equal(code, 0, stdout);
  });

  test("goes on with the same logs, under the same trust file", async () => {
    assert.deepEqual(
      second.contract.cells.map(({ ledger }) => ledger),
      first.contract.cells.map(({ ledger }) => ledger),
    );
    const trust = readFileSync(second.contract.trust, "utf8");
    assert.equal(trust.match(/^log /gm)?.length, 3, trust);
    const shown = (await command("ledger", "show", ledgerDirectory(second, "eu-frankfurt"), "--json")).stdout;
    assert.equal(shown.match(/"t":"opened"/g)?.length, 2, shown);
  });

  test("keeps what its reader changed in the policy", () => {
    assert.match(readFileSync(second.contract.policy, "utf8"), /^# mine\n/);
  });
});

describe("a demo that cannot start", () => {
  test("because a port of `--port-base` is taken: exit 2, naming the port and the way out", async () => {
    const portBase = await reservePortBase();
    const port = portBase + 1;
    const other = createServer();
    await once(other.listen(port, "127.0.0.1"), "listening");
    const { code, stderr } = bailiwick("up", "--dir", newDirectory(), "--port-base", String(portBase));
    other.close();
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`port ${port} is taken; stop what listens there`));
  });

  test("because its directory lies under a file: exit 2, naming the directory and the reason", async () => {
    const file = join(newDirectory(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await command("up", "--dir", join(file, "demo"));
    assert.equal(code, 2);
    assert.match(stderr, /folder `.*demo` cannot be created: a part of the path is a file/);
  });

  let stopped: Demo;
  before(async () => {
    stopped = await startDemo();
    assert.equal(await stopped.stop(), 0);
  });

  const copyOfStopped = (): string => {
    const directory = newDirectory();
    cpSync(stopped.directory, directory, { recursive: true });
    return directory;
  };

  test("because its model file is not there: exit 2, and nothing is remembered of it", async () => {
    const directory = copyOfStopped();
    const { code, stderr } = await command("up", "--dir", directory, "--gguf", "/nonexistent/model.gguf");
    assert.equal(code, 2);
    assert.match(stderr, /`--gguf`: model file `\/nonexistent\/model\.gguf` cannot be read/);
    assert.doesNotMatch(readFileSync(join(directory, "policy.yaml"), "utf8"), /fra-llama/);
  });

  for (const { title, pattern, says } of [
    { title: "the keys", pattern: "keys.json", says: /keys\.json` does not hold a key for each demo tenant/ },
    { title: "the policy", pattern: "policy.yaml", says: /policy\.yaml:1:1: error/ },
    { title: "a signing key", pattern: "eu-frankfurt/keys/log/*", says: /holds no Ed25519 private key/ },
    { title: "a ledger's signed state", pattern: "eu-frankfurt/ledger/state/*/signed", says: /signed/ },
  ]) {
    test(`because ${title} is damaged: exit 2, naming what is, and no stack`, async () => {
      const directory = copyOfStopped();
      const [file] = globSync(pattern, { cwd: directory });
      assert.ok(file, `nothing matches ${pattern}`);
      chmodSync(join(directory, file), 0o600);
      writeFileSync(join(directory, file), "damaged");
      const { code, stderr } = await command("up", "--dir", directory);
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }

  test("as one cell, because a secret's variable is not set: exit 2, naming the endpoint and the variable", async () => {
    const directory = copyOfStopped();
    const policyFile = join(directory, "policy.yaml");
    const elsewhere =
      'elsewhere: { cell: eu-frankfurt, engine: openai-compatible, url: "http://127.0.0.1:9", ' +
      'operator: rhein-cloud, place: DE, key: "${env:BAILIWICK_TEST_KEY}" }';
    const policy = readFileSync(policyFile, "utf8");
    writeFileSync(
      policyFile,
      policy.replace(/^endpoints:\n/m, () => `endpoints:\n  ${elsewhere}\n`),
    );
    const { code, stderr } = await command("serve", "--config", join(directory, "eu-frankfurt.yaml"));
    assert.equal(code, 2, stderr);
    assert.match(stderr, /endpoint `elsewhere`: environment variable `BAILIWICK_TEST_KEY` is not set/);
  });

  test("as a cell that the policy does not have: exit 2, naming those that it has", async () => {
    const file = join(stopped.directory, "eu-frankfurt.yaml");
    const { code, stderr } = await command("serve", "--config", file, "--cell", "mars");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /cell `mars` is not in the policy; it has `eu-frankfurt`, `us-virginia`, `ae-dubai`/,
    );
  });
});

describe("a running demo", () => {
  test("keeps a second one out of its directory, and its files as they are: exit 2", async (t) => {
    const demo = await startDemoFor(t);
    const before = readFileSync(demo.contract.policy, "utf8");
    const { code, stderr } = bailiwick("up", "--dir", demo.directory);
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`process ${demo.process.pid} `));
    assert.equal(readFileSync(demo.contract.policy, "utf8"), before);
    assert.equal(await demo.stop(), 0);
  });

  test("whose ledger can no longer be written drains and exits 70, and says which cell's it is", async (t) => {
    const demo = await startDemoFor(t);
    const complaints = collect(demo);
    const [folder = ""] = globSync("eu-frankfurt/ledger/state/*/new", { cwd: demo.directory });
    rmSync(join(demo.directory, folder), { recursive: true });
    writeFileSync(join(demo.directory, folder), "a file where sealing needs a folder");
    const exited = once(demo.process, "exit");
    await chat(demo, { cell: "eu-frankfurt", tenant: "demo-bank" });
    assert.deepEqual(await exited, [70, null]);
    assert.match(complaints(), /cell `eu-frankfurt`: the ledger takes nothing more \(write_failed\)/);
    assert.doesNotMatch(complaints(), /this is a defect/);
  });

  test("that is asked to end ends well, and rings no alarm about it", async (t) => {
    const demo = await startDemoFor(t);
    const complaints = collect(demo);
    await (await chat(demo, { cell: "eu-frankfurt", tenant: "demo-bank" })).text();
    const exited = once(demo.process, "exit");
    demo.process.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    assert.match(complaints(), /"cell_stopped"/);
    assert.doesNotMatch(complaints(), /"level":"error"/);
  });

  test(
    "that is asked to end twice does not wait for the answers under way",
    { timeout: 240_000 },
    async (t) => {
      const demo = await startDemoFor(t);
      const complaints = collect(demo);
      const engines = ["fra-1", "fra-2", "fra-3"];
      await Promise.all(engines.map((engine) => setFault(demo, engine, "hang")));
      const asked = chat(demo, { cell: "eu-frankfurt", tenant: "demo-bank" }).catch(() => null);
      const taken = (): Promise<number[]> =>
        Promise.all(engines.map((engine) => requestsTaken(demo, engine)));
      while ((await taken()).every((count) => count === 0));
      const exited = once(demo.process, "exit");
      demo.process.kill("SIGTERM");
      while (!complaints().includes("cell_draining")) await once(demo.process.stderr ?? demo.process, "data");
      await delay(1_000);
      demo.process.kill("SIGTERM");
      assert.deepEqual(await exited, [143, null]);
      await asked;
    },
  );
});

function collect(demo: Demo): () => string {
  let text = "";
  demo.process.stderr?.on("data", (data: Buffer) => (text += data.toString()));
  return () => text;
}
