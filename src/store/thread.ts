// The ledger thread: owns the files, so that neither hashing nor the disk ever holds up a request.
import { parentPort, workerData } from "node:worker_threads";
import { openSigningKey } from "../keys/index.ts";
import { decodeMessage } from "./batch-message.ts";
import { nodeFileSystem } from "./file-system.ts";
import { LedgerUnavailableError } from "./ledger.ts";
import { lockDirectory } from "./lock.ts";
import { type OpenLog, openLog } from "./open-log.ts";
import type { FromThread, ThreadOptions, ToThread } from "./thread-protocol.ts";

/** Two at most lie on the disk at a time, plus one for each second that sealing lags behind. */
const segmentBytes = 64 << 20;

const options = workerData as ThreadOptions;
const unlock = lockDirectory(options.directory);
const { origin, writer } = await openLocked();
tell({ kind: "opened", origin, size: writer.size, sealedSize: writer.sealedSize });
parentPort?.on("message", (request: ToThread) => void answer(() => obey(request)));
let sealing = scheduleSeal();

async function openLocked(): Promise<OpenLog> {
  try {
    return await openLog({
      ...options,
      fileSystem: nodeFileSystem,
      key: openSigningKey(options.signingKeyFile),
      segmentBytes,
      cosigner: null,
      onFailure: (reason) => tell({ kind: "failed", reason }),
    });
  } catch (error) {
    unlock();
    throw error;
  }
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
  await writer.append(decodeMessage(request.message));
  tell({ kind: "durable" });
}

function scheduleSeal(): NodeJS.Timeout {
  return setTimeout(() => void answer(sealGrown), options.sealIntervalMs).unref();
}

async function sealGrown(): Promise<void> {
  await writer.seal();
  tell({ kind: "sealed", sealedSize: writer.sealedSize, isQuorumMet: writer.isQuorumMet });
  sealing = scheduleSeal();
}

async function close(): Promise<void> {
  clearTimeout(sealing);
  try {
    await writer.close();
  } finally {
    unlock();
    tell({ kind: "closed", sealedSize: writer.sealedSize });
    parentPort?.close();
  }
}

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort?.postMessage(message);
}
