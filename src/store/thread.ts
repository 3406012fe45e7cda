// The ledger thread: owns the files, so that neither hashing nor the disk ever holds up a request.
import { parentPort, workerData } from "node:worker_threads";
import { decodeMessage } from "./batch-message.ts";
import { nodeFileSystem } from "./file-system.ts";
import { LedgerUnavailableError } from "./ledger.ts";
import { lockDirectory } from "./lock.ts";
import type { OpenLog } from "./open-shard.ts";
import { RotatingLog } from "./rotating-log.ts";
import { shardKeysIn } from "./shard-keys.ts";
import type { FromThread, LogStatus, ThreadOptions, ToThread } from "./thread-protocol.ts";
import { WitnessClient } from "./witness-client.ts";

/** Two at most lie on the disk at a time, plus one for each second that sealing lags behind. */
const segmentBytes = 64 << 20;

const options = workerData as ThreadOptions;
const now = (): number => Date.now() + options.clockOffsetMs;
const witnesses =
  options.trust === null ? null : new WitnessClient({ ...options, trust: options.trust, now });
const unlock = lockDirectory(options.directory);
const logs = await openLocked();
tell({ kind: "opened", log: statusOf(logs.current) });
parentPort?.on("message", (request: ToThread) => void answer(() => obey(request)));
let ticking = scheduleTick(0);

async function openLocked(): Promise<RotatingLog> {
  try {
    return await RotatingLog.open({
      ...options,
      fileSystem: nodeFileSystem,
      keys: shardKeysIn(options.keysDirectory),
      now,
      segmentBytes,
      cosigner: witnesses,
      onFailure: (reason) => tell({ kind: "failed", reason }),
      onRotation: (log) => tell({ kind: "rotated", log: statusOf(log) }),
    });
  } catch (error) {
    unlock();
    throw error;
  }
}

function statusOf({ origin, key, writer }: OpenLog): LogStatus {
  const { size, sealedSize, isQuorumMet } = writer;
  return { origin, key, size, sealedSize, isQuorumMet, witnesses: witnesses?.statuses(origin) ?? [] };
}

/** A poisoned log has told of itself through `onFailure`; any other error is a mistake and ends the thread. */
async function answer(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
  }
}

async function obey(request: ToThread): Promise<void> {
  if (request.kind === "close") return close();
  const { number, message } = request;
  tell({ kind: "durable", number, runs: await logs.append(decodeMessage(message)) });
}

function scheduleTick(delayMs: number): NodeJS.Timeout {
  return setTimeout(() => void answer(tick), delayMs).unref();
}

async function tick(): Promise<void> {
  await logs.tick();
  tell({ kind: "sealed", log: statusOf(logs.current) });
  ticking = scheduleTick(options.sealIntervalMs);
}

async function close(): Promise<void> {
  clearTimeout(ticking);
  try {
    await logs.close();
  } finally {
    unlock();
    tell({ kind: "closed", log: statusOf(logs.current) });
    parentPort?.close();
  }
}

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort?.postMessage(message);
}
