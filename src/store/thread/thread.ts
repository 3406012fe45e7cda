// The ledger thread: owns the files, so that neither hashing nor the disk ever holds up a request.
// The ledger thread owns its state.
import type { WallClock } from "../../base/index.ts";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { monotonicNow, steadyNow } from "../../clock/index.ts";
import type { TrustFile } from "../../ledger/index.ts";
import { AgreedTime } from "../time/agreed-time.ts";
import { carriedClock } from "../time/carried-clock.ts";
import { ClientDecisions } from "./client-decisions.ts";
import { decodeMessage } from "./batch-message.ts";
import { lockDirectory, nodeFileSystem } from "../../disk/index.ts";
import { LedgerUnavailableError, type LogStatus } from "../log/ledger.ts";
import type { OpenLog } from "../month/open-shard.ts";
import { RotatingLog } from "../month/rotating-log.ts";
import { shardKeysIn } from "../month/shard-keys.ts";
import type {
  ClientToThread,
  FromThread,
  ThreadOptions,
  ThreadToClient,
  ToThread,
} from "./thread-protocol.ts";
import { WitnessClient } from "../witness/witness-client.ts";

/** Of the longest. Two at most lie on the disk at a time, plus one for each second that sealing lags behind. */
const segmentBytes = 64 << 20;

const options = workerData as ThreadOptions;
const now: WallClock = () => Date.now() + options.clockOffsetMs;
const time = new AgreedTime({ now, steadyNow: carriedClock({ steadyNow, monotonicNow, now }) });
const witnesses = options.trust === null ? null : openWitnesses(options.trust);
// INVARIANT: we hold the lock before any file is read and until the last is closed: two writers would fork the log.
const unlock = lockDirectory(options.directory);
const logs = await openLocked();
const clients = new Set<MessagePort>();
tell({ kind: "opened", log: statusOf(logs.current), quarantines: logs.quarantines });
parentPort?.on("message", (request: ToThread) => void answer(() => obey(request)));
let ticking = scheduleTick(0);

function openWitnesses(trust: TrustFile): WitnessClient {
  const onCosigned = time.noteWitnessed.bind(time);
  return new WitnessClient({ directory: options.directory, trust, monotonicNow, onCosigned });
}

async function openLocked(): Promise<RotatingLog> {
  try {
    return await RotatingLog.open({
      ...options,
      fileSystem: nodeFileSystem,
      keys: shardKeysIn(options.keysDirectory),
      now,
      time,
      monotonicNow,
      segmentBytes,
      cosigner: witnesses,
      onFailure: (reason) => tellAll({ kind: "failed", reason }),
      onRotation: (log) => tellAll({ kind: "rotated", log: statusOf(log) }),
    });
  } catch (error) {
    unlock();
    throw error;
  }
}

function statusOf({ origin, key, writer }: OpenLog): LogStatus {
  const { size, sealedSize, isQuorumMet } = writer;
  const asked = witnesses?.statuses(origin) ?? [];
  return { origin, key, size, sealedSize, isQuorumMet, witnesses: asked, clock: time.check() };
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
  if (request.kind === "policy") {
    const position = await logs.enactPolicy(request.policy);
    tell({ kind: "enacted", position });
    return;
  }
  if (request.kind === "clock") return tell({ kind: "accepted", clock: logs.acceptClock() });
  if (request.kind === "lend") return lend(request);
  const { number, message } = request;
  tell({ kind: "durable", number, runs: await logs.append(decodeMessage(message)) });
}

function lend({ number, port }: Extract<ToThread, { readonly kind: "lend" }>): void {
  const decisions = new ClientDecisions();
  clients.add(port);
  port.on("message", (request: ClientToThread) => {
    const entries = decodeMessage(request.message);
    const runs = decisions.during(entries, logs.append(entries));
    void answer(async () => tellOne(port, { kind: "durable", number: request.number, runs: await runs }));
  });
  // After its last message, however the thread ended.
  port.on("close", () => {
    clients.delete(port);
    void answer(async () => {
      await logs.closeUnknown(await decisions.left());
      tell({ kind: "returned", number, quarantines: logs.quarantines });
    });
  });
}

function scheduleTick(delayMs: number): NodeJS.Timeout {
  return setTimeout(() => void answer(tick), delayMs).unref();
}

async function tick(): Promise<void> {
  await logs.tick();
  tellAll({ kind: "sealed", log: statusOf(logs.current) });
  ticking = scheduleTick(options.sealIntervalMs);
}

async function close(): Promise<void> {
  clearTimeout(ticking);
  try {
    await logs.close();
  } finally {
    unlock();
    tellAll({ kind: "closed", log: statusOf(logs.current) });
    for (const port of clients) port.close();
    parentPort?.close();
  }
}

function tellAll(message: ThreadToClient): void {
  tell(message);
  for (const port of clients) tellOne(port, message);
}

function tellOne(port: MessagePort, message: ThreadToClient): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  port.postMessage(message);
}

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort?.postMessage(message);
}
