// Loaded into the cell before its program (`NODE_OPTIONS=--import`), in each of its threads. It says what only the process
// itself knows, and at SIGUSR2 it ends one of the gateway threads in the middle of whatever that does.
import { writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { BroadcastChannel, isMainThread, threadId, type Worker } from "node:worker_threads";

const sampleIntervalMs = 5_000;
const nanosecondsPerMs = 1e6;
const gatewayThread = /\/gateway-worker\.ts$/;
const channelName = "soak: gateway threads";

const isGatewayThread = !isMainThread && gatewayThread.test(process.argv[1] ?? "");
if (isMainThread || isGatewayThread) sampleThread(isMainThread ? "main" : "gateway");
if (isMainThread) endThreadsOnOrder();
if (isGatewayThread) sayWhoWeAre();

function sampleThread(thread: string): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  setInterval(() => {
    const sample = {
      event: "soak_sample",
      thread,
      loopDelayP99Ms: delay.percentile(99) / nanosecondsPerMs,
      loopDelayMostMs: delay.max / nanosecondsPerMs,
      handles: process.getActiveResourcesInfo().length,
      heapUsedBytes: process.memoryUsage().heapUsed,
    };
    delay.reset();
    writeSync(2, `${JSON.stringify(sample)}\n`);
  }, sampleIntervalMs).unref();
}

function endThreadsOnOrder(): void {
  const workers = new Map<number, Worker>();
  const gateways: number[] = [];
  process.on("worker", (worker) => workers.set(worker.threadId, worker));
  const channel = new BroadcastChannel(channelName);
  channel.addEventListener("message", (event) => {
    gateways.push((event as unknown as { readonly data: number }).data);
  });
  channel.unref();
  process.on("SIGUSR2", () => {
    // The one that has lived longest: each gets its turn.
    const id = gateways.shift();
    if (id !== undefined) void workers.get(id)?.terminate();
  });
}

function sayWhoWeAre(): void {
  const channel = new BroadcastChannel(channelName);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel of threads has no origin
  channel.postMessage(threadId);
  channel.close();
}
