// Files that are on their way into the cell or out of it, while something happens.
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type OpenAI from "openai";
import { askAdmin } from "../support/ask-admin.ts";
import { eventually } from "../support/demo.ts";
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
}

interface SlowCell {
  readonly cell: TestCell;
  readonly disk: SlowDisk;
  readonly directory: string;
}

async function startSlowCell(t: TestContext): Promise<SlowCell> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-files-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const disk = new SlowDisk();
  const cell = await startStoringCell(t, { directory, disk: () => disk.write() });
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
