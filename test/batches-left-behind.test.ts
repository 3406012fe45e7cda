// Batches that an earlier process left, and what lies beside them by then: the next one brings each to an end, once.
import assert from "node:assert/strict";
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { eventually } from "./support/demo.ts";
import { chatLines, clientOf, startStoringCell, submit, whenOver } from "./support/storing-cell.ts";
import type { TestCell } from "./support/test-cell.ts";

test("a batch whose end was written down just before a crash is over, and holds up no other", async (t) => {
  const directory = temporary(t);
  const first = await startStoringCell(t, { directory });
  const { id } = await submit(clientOf(first), chatLines(2));
  const before = await whenOver(clientOf(first), id);
  await end(first);
  const open = join(objectIn(directory, id), "open");
  writeFileSync(open, "");
  const second = await startStoringCell(t, { directory });
  const other = await submit(clientOf(second), chatLines(2));
  assert.equal((await whenOver(clientOf(second), other.id)).status, "completed");
  await eventually(() => !existsSync(open), 10_000);
  assert.deepEqual(await clientOf(second).batches.retrieve(id), before);
});

/** With what is under way left where it is. */
async function end({ gateway, ledger }: TestCell): Promise<void> {
  await gateway.drain();
  await ledger.close();
}

/** Where the batch or file lies. */
function objectIn(directory: string, id: string): string {
  const [found = "none"] = globSync(`{batches,files}/*/${id}`, { cwd: directory });
  return join(directory, found);
}

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-batches-left-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
