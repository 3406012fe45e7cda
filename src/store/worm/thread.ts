// The copying thread: signing and sending a file costs more than writing it, and no request shall wait for that.
// The copies thread owns its state.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { nodeFileSystem } from "../../disk/index.ts";
import type { Position } from "../log/ledger.ts";
import { openBucket } from "./bucket.ts";
import { Copier } from "./copier.ts";
import type { AnchoredCopy } from "./copy-state.ts";
import type { CopyThreadOptions, FromCopyThread, ToCopyThread } from "./thread-protocol.ts";

/** The thread looks as often as a log is sealed by default. */
const idleMs = 1000;
/** The pause doubles with each failure of the storage, up to this. */
const maxPauseMs = 30_000;

const { address, ...options } = workerData as CopyThreadOptions;
// Whether a call that failed took effect is looked up before it is made again, so the client must not repeat it.
const bucket = await openBucket(address, 1);
const copier = new Copier({ ...options, bucket, fileSystem: nodeFileSystem, record });

let failures = 0;
for (;;) {
  const hasMore = await copier.pass(Date.now());
  const state = copier.state();
  tell({ kind: "state", state });
  if (state.status === "refused" || state.status === "stopped") break;
  failures = state.status === "failing" ? failures + 1 : 0;
  if (!hasMore) await delay(Math.min(maxPauseMs, idleMs * 2 ** failures));
}
await copier.close();

async function record(copy: AnchoredCopy): Promise<Position> {
  if (parentPort === null) throw new Error("this file is run as a thread");
  const answer = once(parentPort, "message");
  tell({ kind: "anchored", copy });
  const [{ recorded }] = (await answer) as [ToCopyThread];
  if (recorded === null) throw new Error("the ledger did not take the entry");
  return recorded;
}

function tell(message: FromCopyThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort?.postMessage(message);
}
