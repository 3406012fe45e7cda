// What the demo promises, seen from outside: real processes, real sockets, the official client.
import assert from "node:assert/strict";
import { cpSync, globSync, mkdtempSync, readFileSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import {
  cellUrl,
  chat,
  type ChatOptions,
  type Demo,
  eventually,
  ledgerDirectory,
  requestsTaken,
  setFault,
  startDemo,
  startDemoFor,
} from "./support/demo.ts";
import { command } from "./support/command.ts";

const engines = ["fra-1", "fra-2", "fra-3", "iad-1", "iad-2", "dxb-1", "dxb-2"];
const bank: ChatOptions = { cell: "eu-frankfurt", tenant: "demo-bank" };
const clinic: ChatOptions = { cell: "eu-frankfurt", tenant: "demo-clinic" };

interface ErrorBody {
  readonly error: { readonly type: string; readonly message: string };
}

describe("three demo cells", () => {
  let demo: Demo;
  before(async () => {
    demo = await startDemo();
  });
  after(async () => {
    assert.equal(await demo.stop(), 0, "SIGTERM drains and exits 0");
  });

  for (const { tenant, cell, region } of [
    { tenant: "demo-bank", cell: "eu-frankfurt", region: "DE" },
    { tenant: "demo-clinic", cell: "eu-frankfurt", region: "DE" },
    { tenant: "demo-shop", cell: "us-virginia", region: "US" },
    { tenant: "demo-dubai", cell: "ae-dubai", region: "AE" },
  ]) {
    test(`${tenant} is answered by its lawful cell ${cell}, which says so in headers`, async () => {
      const answer = await chat(demo, { cell, tenant });
      assert.equal(answer.status, 200, await answer.clone().text());
      assert.equal(answer.headers.get("bailiwick-cell"), cell);
      assert.equal(answer.headers.get("bailiwick-region"), region);
      for (const name of ["request-id", "endpoint", "evidence", "policy", "ledger"]) {
        assert.ok(answer.headers.get(`bailiwick-${name}`), `bailiwick-${name} is missing`);
      }
    });
  }

  test("the official client, with nothing changed but its base URL, completes, streams and lists models", async () => {
    const client = new OpenAI({
      baseURL: `${cellUrl(demo, "eu-frankfurt")}/v1`,
      apiKey: demo.contract.keys["demo-bank"] ?? "",
    });
    const messages = [{ role: "user" as const, content: "hello" }];
    const whole = await client.chat.completions.create({ model: "assistant", messages });
    assert.ok(whole.choices[0]?.message.content);
    let streamed = "";
    for await (const chunk of await client.chat.completions.create({
      model: "assistant",
      messages,
      stream: true,
    })) {
      streamed += chunk.choices[0]?.delta.content ?? "";
    }
    assert.ok(streamed.length > 0);
    const models = await client.models.list();
    assert.deepEqual(
      models.data.map(({ id }) => id),
      ["assistant"],
    );
  });

  test("a streamed answer ends with a comment that names its ledger entries, before [DONE]", async () => {
    const text = await (await chat(demo, { ...bank, isStream: true })).text();
    assert.match(text, /\n: bailiwick-ledger [^\n]+\n(.*\n)*\n?data: \[DONE\]\n\n$/);
  });

  test("with fra-1 down, callers see nothing but another endpoint in a header", async () => {
    await withFaults(demo, ["fra-1"], async () => {
      for (let count = 0; count < 20; count++) {
        const answer = await chat(demo, { ...(count % 2 === 0 ? bank : clinic), isStream: count % 4 > 1 });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("bailiwick-endpoint"), "fra-2");
        await answer.text();
      }
    });
  });

  test("with fra-1 and fra-2 down, residency is served by fra-3, and sovereignty gets 503 and never touches it", async () => {
    await withFaults(demo, ["fra-1", "fra-2"], async () => {
      const before = await requestsTaken(demo, "fra-3");
      for (let count = 0; count < 10; count++) {
        const refused = await chat(demo, clinic);
        assert.equal(refused.status, 503);
        assert.equal(((await refused.json()) as ErrorBody).error.type, "policy_region_unavailable");
      }
      assert.equal(await requestsTaken(demo, "fra-3"), before);
      const served = await chat(demo, bank);
      assert.equal(served.status, 200);
      assert.equal(served.headers.get("bailiwick-endpoint"), "fra-3");
    });
  });

  test("with every engine of the cell down, callers get 503 with Retry-After in time, no other cell is touched, and service resumes by itself", async () => {
    const elsewhere = ["iad-1", "iad-2", "dxb-1", "dxb-2"];
    const before = await Promise.all(elsewhere.map((engine) => requestsTaken(demo, engine)));
    const alarmsBefore = await alarms(demo);
    await withFaults(demo, ["fra-1", "fra-2", "fra-3"], async () => {
      for (let count = 0; count < 5; count++) {
        const startedMs = performance.now();
        const answer = await chat(demo, bank);
        assert.equal(answer.status, 503);
        assert.equal(((await answer.json()) as ErrorBody).error.type, "policy_region_unavailable");
        assert.ok(Number(answer.headers.get("retry-after")) >= 1);
        assert.ok(performance.now() - startedMs < 2000);
      }
    });
    assert.deepEqual(await Promise.all(elsewhere.map((engine) => requestsTaken(demo, engine))), before);
    assert.ok((await alarms(demo)) > alarmsBefore, "the alarm counter did not rise");
    await eventually(async () => (await chat(demo, bank)).status === 200);
  });

  test("a German subject at us-virginia gets 421 before the body: no 100 Continue, and the right cell's URL", async () => {
    const reply = await headersOnly(demo, "us-virginia", {
      authorization: `Bearer ${demo.contract.keys["demo-bank"]}`,
      expect: "100-continue",
      "content-length": "1000",
    });
    assert.match(reply, /^HTTP\/1\.1 421 /);
    assert.doesNotMatch(reply, /100 Continue/);
    assert.match(reply, /policy_misdirected/);
    assert.ok(reply.includes(cellUrl(demo, "eu-frankfurt")), reply);
  });

  test("a subject whose law leaves no endpoint gets 451 naming the rules, an unmapped one 403, and both are recorded", async () => {
    for (const { place, status, type, says } of [
      { place: "RU", status: 451, type: "policy_no_lawful_endpoint", says: /ru-152/ },
      { place: "BR", status: 403, type: "policy_jurisdiction_unknown", says: /BR/ },
    ]) {
      const answer = await chat(demo, { ...bank, headers: { "bailiwick-jurisdiction": place } });
      const body = await answer.text();
      assert.equal(answer.status, status, body);
      assert.equal((JSON.parse(body) as ErrorBody).error.type, type);
      assert.match(body, says);
      assert.equal(answer.headers.get("retry-after"), null);
      if (status === 451) assert.match(answer.headers.get("link") ?? "", /rel="?blocked-by"?/);
      await recorded(demo, "eu-frankfurt", answer.headers.get("bailiwick-request-id") ?? "");
    }
  });

  test("the demo's clinic was never served by the endpoint that a US company controls", async () => {
    const shown = await command("ledger", "show", ledgerDirectory(demo, "eu-frankfurt"), "--json");
    assert.equal(shown.code, 0, shown.stderr);
    const sovereign = shown.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as ShownEntry)
      .filter(({ entry }) => entry.t === "decision" && entry.classes?.includes("health"));
    assert.ok(sovereign.length > 10);
    for (const { entry } of sovereign) assert.ok(!JSON.stringify(entry.allowed).includes("fra-3"));
  });
});

describe("a killed process", () => {
  test("in the middle of 200 streams leaves a clean log: nothing acknowledged is missing, every decision has an outcome", async (t) => {
    const first = await startDemoFor(t);
    await Promise.all(["fra-1", "fra-2", "fra-3"].map((engine) => setFault(first, engine, "slow")));
    const acknowledged: string[] = [];
    const streams = Array.from({ length: 200 }, async () => {
      const answer = await chat(first, {
        ...bank,
        isStream: true,
        content: "tell me a long story ".repeat(20),
      });
      assert.equal(answer.status, 200);
      acknowledged.push(answer.headers.get("bailiwick-request-id") ?? "");
      await answer.text();
    });
    const settled = Promise.allSettled(streams);
    await eventually(() => acknowledged.length >= 100);
    await first.kill();
    await settled;
    const second = await startDemoFor(t, { directory: first.directory });
    assert.equal(await second.stop(), 0);

    const directory = ledgerDirectory(second, "eu-frankfurt");
    const verified = await command("ledger", "verify", directory, "--trust", second.contract.trust, "--json");
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const entries = (await command("ledger", "show", directory, "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as ShownEntry);
    const decided = new Set(
      entries.filter(({ entry }) => entry.t === "decision").map(({ entry }) => entry.rid),
    );
    const closed = entries.filter(({ entry }) => entry.t === "outcome");
    assert.deepEqual(
      acknowledged.filter((rid) => !decided.has(rid)),
      [],
    );
    assert.equal(closed.length, decided.size);
    assert.ok(closed.some(({ entry }) => entry.result === "unknown"));
  });
});

describe("a log that somebody touched", () => {
  test("is refused with the place that was touched, for a flipped byte in a tile, a bundle and a checkpoint", async (t) => {
    const demo = await startDemoFor(t);
    for (let count = 0; count < 300; count += 50) {
      await Promise.all(Array.from({ length: 50 }, async () => (await chat(demo, bank)).text()));
    }
    assert.equal(await demo.stop(), 0);
    const directory = ledgerDirectory(demo, "eu-frankfurt");
    for (const pattern of ["log/*/tile/0/**/*", "log/*/tile/entries/**/*", "log/*/checkpoint"]) {
      const copy = mkdtempSync(join(tmpdir(), "bailiwick-tampered-"));
      cpSync(directory, copy, { recursive: true });
      const file = globSync(pattern, { cwd: copy }).find((name) => statSync(join(copy, name)).isFile());
      assert.ok(file, `no file matches ${pattern}`);
      flipByte(join(copy, file));
      const { code, stdout } = await command(
        "ledger",
        "verify",
        copy,
        "--trust",
        demo.contract.trust,
        "--json",
      );
      assert.equal(code, 1, stdout);
      assert.ok(
        stdout.includes(file.split("/").slice(2).join("/")),
        `${file} is not named in: ${stdout.slice(0, 600)}`,
      );
    }
  });
});

interface ShownEntry {
  readonly index: number;
  readonly entry: {
    readonly t: string;
    readonly rid?: string;
    readonly result?: string;
    readonly classes?: readonly string[];
    readonly allowed?: unknown;
  };
}

async function withFaults(demo: Demo, down: readonly string[], use: () => Promise<void>): Promise<void> {
  await Promise.all(down.map((engine) => setFault(demo, engine, "down")));
  try {
    await use();
  } finally {
    await Promise.all(engines.map((engine) => setFault(demo, engine, "none")));
    await eventually(async () => (await chat(demo, clinic)).status === 200);
  }
}

async function alarms(demo: Demo): Promise<number> {
  const { admin } = demo.contract.cells.find(({ name }) => name === "eu-frankfurt") ?? { admin: "" };
  const text = await (await fetch(`${admin}/metrics`)).text();
  return Array.from(
    text.matchAll(/^bailiwick_alarms_total\{[^}]*kind="region_unavailable"[^}]*\} (\d+)/gm),
  ).reduce((sum, match) => sum + Number(match[1]), 0);
}

async function recorded(demo: Demo, cell: string, rid: string): Promise<void> {
  await eventually(async () =>
    (await command("ledger", "show", ledgerDirectory(demo, cell), "--json")).stdout.includes(rid),
  );
}

/** Sends a header block that announces a body and nothing else; resolves with all that comes back until the server closes. */
function headersOnly(demo: Demo, cell: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port } = new URL(cellUrl(demo, cell));
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = "";
    socket.on("data", (data) => (received += data.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n${lines.join("")}\r\n`,
    );
  });
}

/**
 * Of a checkpoint, in what is signed: "unknown signatures MUST be ignored" (C2SP signed-note), so a line whose key became a stranger's
 * is passed by while another witness is left.
 */
function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const early = Math.floor(bytes.length / 8);
  bytes[early] = (bytes[early] ?? 0) ^ 0x01;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
}
