// Files that are on their way into the cell or out of it, while something happens.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type OpenAI from "openai";
import { askAdmin } from "../support/ask-admin.ts";
import { eventually } from "../support/demo.ts";
import { noteOf, putNote, suspension } from "../support/legal-notes.ts";
import { openRaw } from "../support/raw-http.ts";
import {
  chatLine,
  clientOf,
  refused,
  startStoringCell,
  storingPolicy,
  submitFile,
  upload,
} from "../support/storing-cell.ts";
import { keyOf, type TestCell } from "../support/test-cell.ts";

test("a download that breaks off leaves no descriptor behind", async (t) => {
  const policy = storingPolicy.replaceAll("max-bytes: 2000000", "max-bytes: 100000000");
  const cell = await startStoringCell(t, { policy, limits: { maxBodyBytes: 40_000_000 } });
  // More than the sockets between the two hold.
  const { id } = await upload(clientOf(cell), "x".repeat(32_000_000));
  const raw = await openRaw(t, cell.gateway.url);
  const head = `GET /v1/files/${id}/content HTTP/1.1\r\nhost: cell\r\nauthorization: Bearer ${keyOf("demo-bank")}`;
  raw.send(`${head}\r\n\r\n`);
  await raw.heard("HTTP/1.1 200");
  assert.equal(openContents(), 1);
  raw.socket.destroy();
  await eventually(() => openContents() === 0, 5_000);
});

interface Act {
  readonly what: string;
  /** With a file that is in the cell. */
  readonly ask: (client: OpenAI, id: string) => Promise<unknown>;
}

const acts: readonly Act[] = [
  { what: "an upload", ask: (client) => upload(client, "text") },
  { what: "a fetch", ask: (client, id) => client.files.content(id) },
  { what: "a submission", ask: submitFile },
];

for (const { what, ask } of acts) {
  test(`${what} ends with the subject that is erased while it is recorded, who has no key after it`, async (t) => {
    const { cell, disk, directory } = await startSlowCell(t);
    const client = clientOf(cell, "demo-bank", { "bailiwick-subject": "anna" });
    const { id } = await upload(client, chatLine("a"));
    const recorded = disk.holdNext();
    const asked = refused(ask(client, id), 404, "caller_unknown_file");
    await recorded.begun;
    assert.equal((await erase(cell)).length, 1);
    recorded.end();
    await asked;
    assert.deepEqual(await erase(cell), []);
    assert.equal(objectsIn(directory), 1, "the file of before, which nobody can open");
  });

  test(`${what} is decided again where an event took effect while it was recorded`, async (t) => {
    const { cell, disk, directory } = await startSlowCell(t);
    const client = clientOf(cell);
    const { id } = await upload(client, chatLine("a"));
    const recorded = disk.holdNext();
    const asked = refused(ask(client, id), 451, "policy_no_lawful_endpoint");
    await recorded.begun;
    await suspendGermany(cell);
    recorded.end();
    await asked;
    assert.deepEqual(lastOf(cell, 3), ["decision permit 0", "outcome redecided", "decision refuse 1"]);
    assert.equal(objectsIn(directory), 1);
  });

  test(`${what} is decided again where its permit ran out while it was recorded`, async (t) => {
    let nowMs = Date.parse("2026-11-20T12:00:00Z");
    const { cell, disk, directory } = await startSlowCell(t, () => nowMs);
    await suspendGermany(cell, nowMs + 60_000);
    const client = clientOf(cell);
    const { id } = await upload(client, chatLine("a"));
    const recorded = disk.holdNext();
    const asked = refused(ask(client, id), 451, "policy_no_lawful_endpoint");
    await recorded.begun;
    nowMs += 60_000;
    recorded.end();
    await asked;
    assert.deepEqual(lastOf(cell, 3), ["decision permit 0", "outcome redecided", "decision refuse 1"]);
    assert.equal(objectsIn(directory), 1);
  });
}

test("an upload goes on under its decision where an event changes nothing for it", async (t) => {
  const { cell, disk } = await startSlowCell(t);
  const recorded = disk.holdNext();
  const asked = upload(clientOf(cell), "text");
  await recorded.begun;
  putNote(cell.legalDirectory, "a.note", noteOf(suspension("stop-us", "region", "US")));
  await whenTaken(cell);
  recorded.end();
  await asked;
  assert.deepEqual(lastOf(cell, 2), ["decision permit 0", "outcome complete"]);
});

interface SlowCell {
  readonly cell: TestCell;
  readonly disk: SlowDisk;
  readonly directory: string;
}

async function startSlowCell(t: TestContext, now: () => number = Date.now): Promise<SlowCell> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-files-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const disk = new SlowDisk();
  const cell = await startStoringCell(t, { directory, now, disk: () => disk.write() });
  return { cell, disk, directory };
}

/** A disk under the ledger that takes one write, when it is told to, for as long as it is told. */
class SlowDisk {
  #held: { readonly begin: () => void; readonly ended: Promise<void> } | null = null;

  holdNext(): { readonly begun: Promise<void>; readonly end: () => void } {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.#held = { begin: begun.resolve, ended: ended.promise };
    return { begun: begun.promise, end: ended.resolve };
  }

  async write(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    held?.begin();
    await held?.ended;
  }
}

async function erase(cell: TestCell): Promise<readonly unknown[]> {
  const whom = { tenant: "demo-bank", person: "anna" };
  const { body } = await askAdmin(cell, "POST", "/admin/erasures", { ...whom, ground: "gdpr-17-1-b" });
  return (body["erased"] as readonly unknown[] | undefined) ?? [];
}

async function suspendGermany(cell: TestCell, fromMs = 0): Promise<void> {
  const event = { ...suspension("stop-de", "region", "DE"), validity: { fromMs, untilMs: null } };
  putNote(cell.legalDirectory, "a.note", noteOf(event));
  await whenTaken(cell);
}

function whenTaken(cell: TestCell): Promise<void> {
  return eventually(() => cell.metrics().includes('bailiwick_legal_events{cell="eu-frankfurt"} 1\n'), 10_000);
}

/** What is said of requests, the newest last. */
function lastOf({ entries }: TestCell, count: number): readonly string[] {
  const told = entries.flatMap((entry) => {
    if (entry.t === "decision") return [`decision ${entry.verdict} ${entry.v === 1 ? 0 : entry.revision}`];
    return entry.t === "outcome" ? [`outcome ${entry.result}`] : [];
  });
  return told.slice(-count);
}

/** Files and batches. */
function objectsIn(directory: string): number {
  return globSync("{files,batches}/*/*/about", { cwd: directory }).length;
}

/** Contents of files that this process has open. */
function openContents(): number {
  const paths = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(join("/proc/self/fd", descriptor));
    } catch {
      return "closed meanwhile";
    }
  });
  return paths.filter((path) => path.endsWith("/content")).length;
}
