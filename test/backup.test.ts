// Backups of a cell of the demo: taken while it serves, restored, and refused when the world has seen more.
import assert from "node:assert/strict";
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bailiwick, chat, type Demo, eventually, startDemo } from "./support/demo.ts";
import { chatAt, startServe } from "./support/serve.ts";
import { command } from "./support/command.ts";

const bank = { cell: "eu-frankfurt", tenant: "demo-bank" };

interface DrillResult {
  readonly ok: boolean;
  readonly logs: readonly { readonly size: number; readonly problemCount: number }[];
  readonly witnessed: readonly string[];
  readonly behind: readonly { readonly restoredSize: number; readonly witnessedSize: number }[];
}

let demo: Demo;
let directory: string;
before(async () => {
  demo = await startDemo();
  directory = demo.directory;
});
after(async () => {
  await demo.stop();
  rmSync(directory, { recursive: true, force: true });
});

function config(): string {
  return join(directory, "eu-frankfurt.yaml");
}

async function serveSome(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    const answer = await chat(demo, bank);
    assert.equal(answer.status, 200);
    await answer.text();
  }
}

async function drill(backup: string): Promise<{ readonly code: number; readonly result: DrillResult }> {
  const { code, stdout, stderr } = await command("restore", "--drill", backup, "--json");
  assert.ok(stdout !== "", stderr);
  return { code, result: JSON.parse(stdout) as DrillResult };
}

test("a backup of a running cell passes its drill, until witnesses have seen more: then it is refused by size", async () => {
  const [old, current] = [join(directory, "old.tar"), join(directory, "current.tar")];
  await serveSome(3);
  const made = bailiwick("backup", "--config", config(), "--out", old, "--with-keys");
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stderr, /holds the keys that sign as `eu-frankfurt`/);
  assert.equal(statSync(old).mode & 0o077, 0, "others may read it");

  await serveSome(3);
  let refused = await drill(old);
  await eventually(async () => {
    if (refused.code === 0) refused = await drill(old);
    return refused.code === 1;
  });
  assert.deepEqual([refused.result.ok, refused.result.behind.length], [false, 1]);
  const [behind] = refused.result.behind;
  assert.ok((behind?.witnessedSize ?? 0) > (behind?.restoredSize ?? 0));

  assert.equal(await demo.stop(), 0);
  assert.equal((await command("backup", "--config", config(), "--out", current, "--with-keys")).code, 0);
  await withWitness(async () => {
    const lost = join(directory, "lost");
    const restored = await command("restore", old, "--to", lost);
    assert.equal(restored.code, 1);
    assert.match(
      restored.stdout,
      /REFUSED: it ends at entry \d+, and witnesses have cosigned \d+: \d+ entries are missing/,
    );
    await assert.rejects(startServe(join(lost, "cell.yaml")), /serve exited with (1|2|70)/);

    const place = join(directory, "restored");
    const whole = await command("restore", current, "--to", place, "--json");
    assert.equal(whole.code, 0, whole.stderr);
    const result = JSON.parse(whole.stdout) as DrillResult;
    assert.deepEqual([result.behind, result.witnessed.length], [[], 1]);
    const cell = await startServe(join(place, "cell.yaml"));
    await chatAt(cell.url, demo.contract.keys["demo-bank"] ?? "");
    assert.equal(await cell.stop(), 0);
    const verified = await command(
      "ledger",
      "verify",
      join(place, "state", "ledger"),
      "--trust",
      demo.contract.trust,
    );
    assert.equal(verified.code, 0, verified.stdout);
  });
});

/** Another cell of the demo, which has cosigned what ours has published. */
async function withWitness(action: () => Promise<void>): Promise<void> {
  const witness = await startServe(join(directory, "us-virginia.yaml"));
  try {
    await action();
  } finally {
    await witness.stop();
  }
}

test("a folder is as good as an archive, and without keys it can be verified", async () => {
  const folder = join(directory, "backup-folder");
  assert.equal((await command("backup", "--config", config(), "--out", folder)).code, 0);
  assert.ok(!existsSync(join(folder, "state", "keys")));
  const place = join(directory, "to-read");
  const restored = await command("restore", folder, "--to", place);
  assert.equal(restored.code, 0, restored.stdout);
  assert.match(restored.stdout, /no witness was reached/);
  assert.match(restored.stdout, /without its signing keys/);
  const again = await command("restore", folder, "--to", place);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /is not empty/);
});
