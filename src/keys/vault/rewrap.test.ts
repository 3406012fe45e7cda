import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CrashingDisk } from "../../../test/support/crashing-disk.ts";
import { openTestVault } from "../../../test/support/open-test-vault.ts";
import { encodeUtf8, type TenantId, settled } from "../../base/index.ts";
import type { RewrapProgress } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "bailiwick-rewrap-"));
after(() => rmSync(root, { recursive: true }));
let directories = 0;
const nextDirectory = () => join(root, String(directories++));
const body = encodeUtf8('{"model":"assistant"}');
const persons = ["one", "two", "three"].map((person) => ({ tenant: "demo-clinic" as TenantId, person }));
const months = [Date.UTC(2026, 10, 20), Date.UTC(2026, 11, 1)];

test("after a rotation new keys are under the new version, and a rewrap brings the old ones there", async () => {
  const directory = nextDirectory();
  const vault = await openTestVault(directory);
  const before = await commitmentsOf(directory);
  assert.deepEqual(await vault.rotateKey(), { key: "file", version: "2" });
  assert.deepEqual(versionsOf(directory), { "1": 7 });
  const progress: RewrapProgress[] = [];
  assert.deepEqual(await vault.rewrapAll((step) => progress.push(step)), {
    key: "file",
    version: "2",
    wrapped: 6,
  });
  assert.deepEqual(versionsOf(directory), { "2": 7 });
  assert.deepEqual(
    progress.map(({ done }) => done),
    [1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(await commitmentsOf(directory), before);
  assert.deepEqual(await vault.rewrapAll(), { key: "file", version: "2", wrapped: 6 });
});

test("wherever a rewrap ends, every key opens, and the next one finishes it", async () => {
  for (let call = 1, hasEnded = false; !hasEnded; call++) {
    assert.ok(call < 50);
    const directory = nextDirectory();
    const before = await commitmentsOf(directory, 1);
    await (await openTestVault(directory)).rotateKey();
    const counting = new CrashingDisk();
    await openTestVault(directory, { fileSystem: counting });
    const disk = new CrashingDisk({
      call: counting.callCount + call,
      kind: call % 2 === 0 ? "before" : "after",
    });
    const vault = await openTestVault(directory, { fileSystem: disk });
    hasEnded = (await disk.run(() => vault.rewrapAll())) !== "crashed";
    assert.deepEqual(await commitmentsOf(directory, 1), before);
    await (await openTestVault(directory)).rewrapAll();
    assert.deepEqual(versionsOf(directory), { "2": 3 });
    assert.deepEqual(await commitmentsOf(directory, 1), before);
  }
});

test("a key that is erased during a rewrap does not come back", async () => {
  const directory = nextDirectory();
  await commitmentsOf(directory);
  const vault = await openTestVault(directory);
  await vault.rotateKey();
  const handles = (await Promise.all(persons.map((person) => vault.handlesOf(person)))).flat();
  const erasures = handles.map(({ handle }) =>
    vault.erase({ handle, ground: "gdpr-17-1-b", nowMs: settled(0) }, async () => {}),
  );
  await Promise.all([vault.rewrapAll(), ...erasures]);
  assert.deepEqual(versionsOf(directory), { "2": 1 });
});

/** What every key says of the same bytes; made on the first call. */
async function commitmentsOf(directory: string, count = persons.length): Promise<readonly string[]> {
  const vault = await openTestVault(directory);
  const subjects = persons
    .slice(0, count)
    .flatMap((person) => months.map((month) => [person, month] as const));
  const keys = await Promise.all(subjects.map(([person, month]) => vault.subjectKey(person, month)));
  return keys.map((key) => key.commit("req/v1", body));
}

/** How many files lie under each version of the wrapping key. */
function versionsOf(directory: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const file of readdirSync(join(directory, "vault"), { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.parentPath.includes("/names/")) continue;
    const { version } = JSON.parse(readFileSync(join(file.parentPath, file.name), "utf8")) as {
      version: string;
    };
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return counts;
}
