// Is the crash suite worth anything? Each of these stores leaves out one thing on which durability rests. The disk pretends
// for it that it was done, so the store's own code need not be changed, and some crash must show it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WritableFile } from "../../src/disk/file-system.ts";
import { countCalls, crashAndCheck, type DiskMaker } from "../support/crash-trial.ts";
import { type Fault, type FaultKind, SimulatedDisk } from "../support/simulated-disk.ts";

const kinds: readonly FaultKind[] = ["crash-before", "crash-after"];
const maxTrials = 300;

class WithoutDirectorySync extends SimulatedDisk {
  readonly #directory: RegExp;

  constructor(fault: Fault | null, directory: RegExp) {
    super(fault);
    this.#directory = directory;
  }

  override syncDirectory(path: string): Promise<void> {
    return this.#directory.test(path) ? Promise.resolve() : super.syncDirectory(path);
  }
}

class WithoutDatasync extends SimulatedDisk {
  override async create(path: string, mode: number): Promise<WritableFile> {
    return { ...(await super.create(path, mode)), datasync: () => Promise.resolve() };
  }
}

/** Says that the bytes are on disk as soon as the sync has begun. */
class AcknowledgedBeforeSync extends SimulatedDisk {
  override async create(path: string, mode: number): Promise<WritableFile> {
    const file = await super.create(path, mode);
    return {
      ...file,
      datasync: () => {
        void file.datasync().catch(() => {});
        return Promise.resolve();
      },
    };
  }
}

/** Takes the answer for done where it was an error: what a retried fsync does (docs/decisions/0014). */
class WithForgivenSync extends SimulatedDisk {
  override async create(path: string, mode: number): Promise<WritableFile> {
    const file = await super.create(path, mode);
    return { ...file, datasync: () => file.datasync().catch(() => file.datasync()) };
  }
}

const planted: ReadonlyArray<{
  readonly title: string;
  readonly makeDisk: DiskMaker;
  readonly kinds: readonly FaultKind[];
}> = [
  ...[/wal/, /state/, /log\/2026-11$/, /checkpoints/, /tile/].map((directory) => ({
    title: `a missing fsync of directories like ${directory.source}`,
    makeDisk: (fault: Fault | null) => new WithoutDirectorySync(fault, directory),
    kinds,
  })),
  { title: "a missing fdatasync", makeDisk: (fault) => new WithoutDatasync(fault), kinds },
  {
    title: "an acknowledgement before the sync ends",
    makeDisk: (fault) => new AcknowledgedBeforeSync(fault),
    kinds,
  },
  {
    title: "an fdatasync that is asked again after an error",
    makeDisk: (fault) => new WithForgivenSync(fault),
    kinds: ["error-before"],
  },
];

for (const { title, makeDisk, kinds: faults } of planted) {
  test(`the crash suite notices ${title}`, async (t) => {
    const callCount = await countCalls();
    for (let trial = 0; trial < maxTrials; trial++) {
      const fault = {
        call: 1 + ((trial * 7) % callCount),
        kind: faults[trial % faults.length] ?? "crash-before",
      };
      const noticed = await crashAndCheck({ fault, seed: trial, makeDisk }).then(
        () => null,
        (error: unknown) => error,
      );
      if (noticed === null) continue;
      return t.diagnostic(`after ${trial + 1} crashes: ${reasonOf(noticed)}`);
    }
    assert.fail(`${maxTrials} crashes, and nothing was noticed`);
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : error;
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}
