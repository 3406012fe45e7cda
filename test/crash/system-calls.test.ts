// Lets every system call through which a cell's logs reach the disk go wrong in every way, in a real process on a real
// file system, under strace. `npm run test:crash` takes all of them; otherwise a few of each, by a seed that is printed.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { crashSeed, isEveryCrash } from "../support/crash-sample.ts";
import { CrashScene, crashWriter } from "../support/crash-scene.ts";
import { seededRandom } from "../support/seeded-random.ts";
import {
  type Ended,
  type Injection,
  listCalls,
  runInjected,
  runLimited,
  type SystemCall,
  whyNotTraced,
} from "../support/strace.ts";

/** Of each fault and each start, in the quick run. */
const sampleCount = 4;

/**
 * libuv aborts when it cannot wake a thread. Which number that write has among the main thread's depends on timing, so a fault
 * may hit it instead of the file that was meant; such a run says nothing of the files, and is made again.
 */
const maxTries = 3;

const skip = whyNotTraced() ?? false;

const isWrite = ({ name }: SystemCall): boolean => /^(write|pwrite64|writev|pwritev)$/.test(name);

/** A write that takes no byte and gives no error is the one short write that strace can make truthfully. */
const faults = [
  { title: "fails with EIO", effect: "error=EIO", hits: () => true },
  { title: "fails with ENOSPC", effect: "error=ENOSPC", hits: () => true },
  { title: "writes nothing and says so", effect: "retval=0", hits: isWrite },
  { title: "is the last one before SIGKILL", effect: "signal=KILL", hits: () => true },
] as const;

describe(`the files of a cell whose system calls go wrong (seed ${crashSeed})`, { skip }, () => {
  let directory: string;
  /** Nothing, and what a process left that was killed in the middle of a month. */
  const starts = new Map<string, CrashScene>();
  const calls = new Map<string, readonly SystemCall[]>();
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "bailiwick-crash-"));
    starts.set("a first start", emptyScene("empty"));
    starts.set("a start after a crash", await leftScene("left"));
    for (const [title, start] of starts) {
      const traced = copyOf(start, "traced");
      calls.set(title, await listCalls(scriptFor(traced), traced.directory));
    }
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const title of ["a first start", "a start after a crash"]) {
    for (const fault of faults) {
      test(`${title}: whatever call ${fault.title}, nothing acknowledged is lost, nothing forks, and no failure is silent`, async (t) => {
        const start = starts.get(title) ?? assert.fail();
        const hit = (calls.get(title) ?? []).filter(fault.hits);
        const chosen = isEveryCrash ? hit : sample(hit);
        const failures: unknown[] = [];
        for (const call of chosen) {
          await breakAndCheck(start, { call, effect: fault.effect }).catch((error: unknown) => {
            failures.push(error);
          });
        }
        t.diagnostic(`${chosen.length} of ${hit.length} calls`);
        if (failures.length > 0) throw new AggregateError(failures, `${failures.length} calls`);
      });
    }
  }

  test("writes that take a part and then fail, at any length of a file, are no different", async (t) => {
    const limits = Array.from({ length: 20 }, (_, at) => at + 1);
    const chosen = isEveryCrash ? limits : sample(limits);
    for (const [title, start] of starts) {
      for (const blocks of chosen) {
        const scene = copyOf(start, "broken");
        const ended = await runLimited(scriptFor(scene), blocks);
        await check(scene, { ended, mayBeKilled: false, title: `${title}, ${blocks} blocks` });
      }
    }
    t.diagnostic(`${chosen.length * starts.size} of ${limits.length * starts.size} limits`);
  });

  async function breakAndCheck(start: CrashScene, injection: Injection): Promise<void> {
    const { thread, name, ordinal } = injection.call;
    const title = `${injection.effect} in call ${ordinal} of ${name} (${thread})`;
    for (let tries = 1; ; tries++) {
      const scene = copyOf(start, "broken");
      const ended = await runInjected(scriptFor(scene), injection);
      if (ended.signal === "SIGABRT" && tries < maxTries) continue;
      return check(scene, { ended, mayBeKilled: injection.effect === "signal=KILL", title });
    }
  }

  function emptyScene(name: string): CrashScene {
    const path = join(directory, name);
    mkdirSync(path);
    return new CrashScene(path);
  }

  async function leftScene(name: string): Promise<CrashScene> {
    const scene = emptyScene(name);
    const ended = await runInjected([crashWriter, scene.directory, "leave"], null);
    assert.equal(ended.signal, "SIGKILL");
    scene.hear(ended);
    assert.ok(scene.acknowledgedCount > 0);
    return scene;
  }

  function copyOf(scene: CrashScene, name: string): CrashScene {
    const path = join(directory, name);
    rmSync(path, { recursive: true, force: true });
    cpSync(scene.directory, path, { recursive: true });
    return scene.copiedTo(path);
  }
});

interface Run {
  readonly ended: Ended;
  readonly mayBeKilled: boolean;
  readonly title: string;
}

async function check(scene: CrashScene, run: Run): Promise<void> {
  const { ended, title } = run;
  try {
    scene.hear(ended);
    checkSpokenFor(run);
    const published = await scene.readPublished();
    if (ended.code === 0) await scene.checkClosed();
    await scene.checkRecovered(published);
  } catch (error) {
    const said = ended.lines.filter((line) => !line.startsWith("acknowledged")).join("; ");
    throw new Error(`${title}: ${said}`, { cause: error });
  }
}

/** Either it says `closed` and means it, or it says why not, or it was killed. */
function checkSpokenFor({ ended: { lines, code, signal }, mayBeKilled }: Run): void {
  if (signal !== null) return assert.ok(signal === "SIGKILL" && mayBeKilled, `ended by ${signal}`);
  const isClosed = lines.includes("closed");
  assert.equal(code, isClosed ? 0 : 1);
  assert.ok(isClosed || lines.some((line) => line.startsWith("failed ")), "it failed in silence");
}

function scriptFor({ directory }: CrashScene): readonly string[] {
  return [crashWriter, directory];
}

function sample<Item>(items: readonly Item[]): readonly Item[] {
  const random = seededRandom(crashSeed);
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((one, other) => one.order - other.order)
    .slice(0, sampleCount)
    .map(({ item }) => item);
}
