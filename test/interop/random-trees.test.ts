// Evidence comes from strangers: whatever lies in a directory that is said to be a log, it is judged, and never believed.
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sha256, verifyEd25519 } from "../../src/keys/index.ts";
import { verifyLog } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { type RealLog, writeRealLog } from "../support/real-log.ts";
import { seededRandom } from "../support/seeded-random.ts";

const treeCount = 60;
const seed = Number(process.env["BAILIWICK_TEST_SEED"] ?? 4);

describe(`a directory that somebody changed at random (seed ${seed})`, () => {
  let directory: string;
  let log: RealLog;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "bailiwick-trees-"));
    log = await writeRealLog(directory, 601);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test(`is found wanting or not, in all of ${treeCount} cases, and no report is of more entries than were signed`, async (t) => {
    const random = seededRandom(seed);
    const verdicts = { sound: 0, unsound: 0, unreadable: 0 };
    for (let tree = 0; tree < treeCount; tree++) {
      const copy = join(directory, "copy");
      rmSync(copy, { recursive: true, force: true });
      cpSync(log.directory, copy, { recursive: true });
      for (let change = 0; change <= random() * 3; change++) changeOne(copy, random);
      verdicts[await verdictOn(copy)]++;
    }
    assert.ok(verdicts.unsound > treeCount / 3);
    t.diagnostic(JSON.stringify(verdicts));
  });

  async function verdictOn(copy: string): Promise<"sound" | "unsound" | "unreadable"> {
    const trust = { logs: [log.key], witnesses: [], quorum: { kind: "none" } } as const;
    try {
      const [published] = await openLogDirectory(copy);
      if (published === undefined) return "unsound";
      const report = await verifyLog({ reader: published.reader, trust, sha256, verifyEd25519 });
      assert.ok(report.entryCount <= (report.checkpoint?.size ?? 0));
      return report.problemCount === 0 ? "sound" : "unsound";
    } catch (error) {
      // A directory where a file should be, or a link that leads nowhere, is the reader's matter.
      assert.match(String((error as NodeJS.ErrnoException).code), /^(EISDIR|ENOTDIR|ELOOP)$/, error as Error);
      return "unreadable";
    }
  }
});

type Change = (path: string, random: () => number) => void;

const changes: readonly Change[] = [
  (path) => rmSync(path),
  (path, random) => writeFileSync(path, readFileSync(path).subarray(0, random() * statSync(path).size)),
  (path, random) =>
    writeFileSync(path, Buffer.from(Array.from({ length: random() * 9000 }, () => random() * 256))),
  (path, random) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(1 + random() * 64)])),
  (path) => writeFileSync(path, ""),
  (path) => writeFileSync(path.replace(/\d+$/, "999"), readFileSync(path)),
  (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  (path) => {
    rmSync(path);
    symlinkSync(path, path);
  },
  (path) => {
    rmSync(dirname(path), { recursive: true });
    writeFileSync(dirname(path), "a file");
  },
];

function changeOne(directory: string, random: () => number): void {
  const files = globSync("**/*", { cwd: directory })
    .map((name) => join(directory, name))
    .filter((path) => lstatSync(path).isFile())
    .toSorted();
  const path = files[Math.floor(random() * files.length)];
  if (path === undefined) return;
  chmodSync(path, 0o644);
  changes[Math.floor(random() * changes.length)]?.(path, random);
}
