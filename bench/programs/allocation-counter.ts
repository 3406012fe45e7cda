// Loaded before a program (`--import`) in each of its threads: counts what they put on their heaps, from what the heap
// held before each collection and after the last. Whoever connects to the socket in BAILIWICK_BENCH_ALLOCATIONS is told the
// bytes since the one before.
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { GCProfiler, getHeapStatistics } from "node:v8";
import { BroadcastChannel, isMainThread } from "node:worker_threads";

/** A thread that waits without a loop does not answer, and is not counted. */
const answerWaitMs = 200;

class Allocations {
  #profiler = new GCProfiler();
  #usedBytes = 0;

  begin(): void {
    this.#usedBytes = getHeapStatistics().used_heap_size;
    this.#profiler = new GCProfiler();
    this.#profiler.start();
  }

  /** Since the beginning, which is now. */
  take(): number {
    const statistics = this.#profiler.stop()?.statistics ?? [];
    let bytes = 0;
    let usedBytes = this.#usedBytes;
    for (const { beforeGC, afterGC } of statistics) {
      bytes += Math.max(0, beforeGC.heapStatistics.usedHeapSize - usedBytes);
      usedBytes = afterGC.heapStatistics.usedHeapSize;
    }
    bytes += Math.max(0, getHeapStatistics().used_heap_size - usedBytes);
    this.begin();
    return bytes;
  }
}

const allocations = new Allocations();
allocations.begin();

// Node's channels have no origins to name and no listeners to add that keep no process alive.
/* oxlint-disable unicorn/require-post-message-target-origin, unicorn/prefer-add-event-listener */
const channel = new BroadcastChannel("bailiwick-bench-allocations");
channel.unref();
if (isMainThread) {
  createServer((socket) => {
    let bytes = allocations.take();
    channel.onmessage = ({ data }) => {
      bytes += Number(data);
    };
    channel.postMessage("take");
    void sleep(answerWaitMs).then(() => socket.end(String(bytes)));
  })
    .listen(process.env["BAILIWICK_BENCH_ALLOCATIONS"])
    .unref();
} else {
  channel.onmessage = ({ data }) => {
    if (data === "take") channel.postMessage(allocations.take());
  };
}
