// Files that are on their way into the cell or out of it, while something happens.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
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

interface Wait {
  readonly what: string;
  /** Of the disks under the cell, the one that it waits for. */
  readonly at: "ledger" | "objects";
}

const recording: Wait = { what: "it is recorded", at: "ledger" };
const makingRoom: Wait = { what: "room is made for it", at: "objects" };
const waits = acts.flatMap((act) =>
  (act.what === "a fetch" ? [recording] : [recording, makingRoom]).map((wait) => ({ act, wait })),
);

for (const { act, wait } of waits) {
  const { what, ask } = act;

  test(`${what} ends with the subject that is erased while ${wait.what}, who has no key after it`, async (t) => {
    const { cell, disks, directory } = await startSlowCell(t);
    const client = clientOf(cell, "demo-bank", { "bailiwick-subject": "anna" });
    const { id } = await upload(client, chatLine("a"));
    const held = disks[wait.at].holdNext();
    const asked = refused(ask(client, id), 404, "caller_unknown_file");
    await held.begun;
    assert.equal((await erase(cell)).length, 1);
    held.end();
    await asked;
    assert.deepEqual(await erase(cell), []);
    assert.equal(objectsIn(directory), 1, "the file of before, which nobody can open");
  });

  test(`${what} is decided again where an event took effect while ${wait.what}`, async (t) => {
    const { cell, disks, directory } = await startSlowCell(t);
    const client = clientOf(cell);
    const { id } = await upload(client, chatLine("a"));
    const held = disks[wait.at].holdNext();
    const asked = refused(ask(client, id), 451, "policy_no_lawful_endpoint");
    await held.begun;
    await suspendGermany(cell);
    held.end();
    await asked;
    assert.deepEqual(lastOf(cell, 3), ["decision permit 0", "outcome redecided", "decision refuse 1"]);
    assert.equal(objectsIn(directory), 1);
  });

  test(`${what} is decided again where its permit ran out while ${wait.what}`, async (t) => {
    let nowMs = Date.parse("2026-11-20T12:00:00Z");
    const { cell, disks, directory } = await startSlowCell(t, () => nowMs);
    await suspendGermany(cell, nowMs + 60_000);
    const client = clientOf(cell);
    const { id } = await upload(client, chatLine("a"));
    const held = disks[wait.at].holdNext();
    const asked = refused(ask(client, id), 451, "policy_no_lawful_endpoint");
    await held.begun;
    nowMs += 60_000;
    held.end();
    await asked;
    assert.deepEqual(lastOf(cell, 3), ["decision permit 0", "outcome redecided", "decision refuse 1"]);
    assert.equal(objectsIn(directory), 1);
  });
}

for (const { what, ask } of acts.filter((act) => act.what !== "a fetch")) {
  test(`of ${what} that was told that the disk is late nothing is there when it comes`, async (t) => {
    const { cell, disks, directory } = await startSlowCell(t);
    const client = clientOf(cell);
    const { id } = await upload(client, chatLine("a"));
    const held = disks.abouts.holdNext();
    await refused(ask(client, id), 503, "gateway_files_unavailable");
    held.end();
    // Longer than whoever runs batches waits between two looks.
    await pause(1_500);
    assert.equal(objectsIn(directory), 1);
    assert.deepEqual((await client.batches.list()).data, []);
    assert.equal((await client.files.list()).data.length, 1);
    assert.equal(lastOf(cell, 99).filter((told) => told.startsWith("decision")).length, 2);
  });
}

test("a file that is deleted while its fetch is decided again is not given", async (t) => {
  let nowMs = Date.parse("2026-11-20T12:00:00Z");
  const { cell, disks } = await startSlowCell(t, () => nowMs);
  await suspendGermany(cell, nowMs + 60_000, nowMs + 120_000);
  const client = clientOf(cell);
  const { id } = await upload(client, "text");
  const recorded = disks.ledger.holdNext();
  const asked = refused(client.files.content(id), 404, "caller_unknown_file");
  await recorded.begun;
  nowMs += 60_000;
  const overtaken = disks.ledger.holdNext();
  recorded.end();
  await overtaken.begun;
  nowMs += 60_000;
  const again = disks.ledger.holdNext();
  overtaken.end();
  await again.begun;
  await client.files.delete(id);
  again.end();
  await asked;
  assert.deepEqual(lastOf(cell, 4).slice(0, 3), [
    "decision permit 0",
    "outcome redecided",
    "decision permit 1",
  ]);
});

test("an upload goes on under its decision where an event changes nothing for it", async (t) => {
  const { cell, disks } = await startSlowCell(t);
  const recorded = disks.ledger.holdNext();
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
  /** Beneath the ledger, the names of objects, and what is said of them. */
  readonly disks: Readonly<Record<"ledger" | "objects" | "abouts", SlowDisk>>;
  readonly directory: string;
}

async function startSlowCell(t: TestContext, now: () => number = Date.now): Promise<SlowCell> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-files-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const disks = { ledger: new SlowDisk(), objects: new SlowDisk(), abouts: new SlowDisk() };
  await slowObjects(t, disks);
  const limits = { deadlineMs: 5_000 };
  const disk = (): Promise<void> => disks.ledger.write();
  const cell = await startStoringCell(t, { directory, now, disk, limits });
  return { cell, disks, directory };
}

/** Each sync of this thread that is of objects, until the test ends. */
async function slowObjects(
  t: TestContext,
  { objects, abouts }: Pick<SlowCell["disks"], "objects" | "abouts">,
): Promise<void> {
  const handle = await open(tmpdir());
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  for (const name of ["sync", "datasync"] as const) {
    const own = Reflect.get(prototype, name);
    t.mock.method(prototype, name, async function slowly(this: FileHandle) {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      if (path.endsWith("/about.new")) await abouts.write();
      else if (/\/(?:files|batches)\//.test(path)) await objects.write();
      await own.call(this);
    });
  }
}

/** A disk that takes one write, when it is told to, for as long as it is told. */
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

async function suspendGermany(cell: TestCell, fromMs = 0, untilMs: number | null = null): Promise<void> {
  const event = { ...suspension("stop-de", "region", "DE"), validity: { fromMs, untilMs } };
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

/** Files and batches, and what is left of some. */
function objectsIn(directory: string): number {
  return globSync("{files,batches}/*/*", { cwd: directory }).length;
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
