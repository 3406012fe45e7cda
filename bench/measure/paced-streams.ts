// Many streams at once whose events say when they were written, and how late each of them came.
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "../peers/peer.ts";
import { Caller, requestBytes } from "./load.ts";
import { processorMicros, residentMiB } from "./processor-time.ts";

export interface PacedStreams {
  /** Of each stream, from the call on. */
  readonly firstBytesMs: readonly number[];
  /** Of each stream: how late its latest event came. */
  readonly worstDelaysMs: readonly number[];
  readonly events: number;
  readonly cpuUs: number;
  /** Memory with all streams open, beyond that before. */
  readonly grownKiB: number;
}

interface Paced {
  readonly streams: number;
  readonly paceMs: number;
}

/** They begin one after the other within this, and each lasts longer. */
const rampMs = 2_000;

export async function runPaced(server: Server, { streams, paceMs }: Paced): Promise<PacedStreams> {
  const body = JSON.stringify({
    model: "assistant",
    stream: true,
    messages: [{ role: "user", content: "Go on. ".repeat(100) }],
    metadata: { note: "paced" },
    pace_ms: paceMs,
  });
  const bytes = requestBytes({ port: server.port, headers: server.headers, body });
  const callers: Caller[] = [];
  for (let at = 0; at < streams; at++) callers.push(await Caller.open(server.port));
  const before = { mebibytes: residentMiB(server.processId), cpuUs: processorMicros(server.processId) };
  const turn = new LoopTurn();
  const called = callers.map(async (caller, at) => {
    const stream = new ArrivingStream(turn);
    caller.onBody = (chunk) => stream.take(chunk);
    await sleep((rampMs * at) / streams);
    const sentMs = performance.now();
    return { stream, firstByteMs: (await caller.call(bytes)) - sentMs };
  });
  const opened = sleep(rampMs + paceMs).then(() => residentMiB(server.processId));
  const [done, mebibytes] = [await Promise.all(called), await opened];
  for (const caller of callers) caller.close();
  return {
    firstBytesMs: done.map(({ firstByteMs }) => firstByteMs),
    worstDelaysMs: done.map(({ stream }) => stream.worstDelayMs),
    events: done.reduce((total, { stream }) => total + stream.events, 0),
    cpuUs: processorMicros(server.processId) - before.cpuUs,
    grownKiB: (mebibytes - before.mebibytes) * 1_024,
  };
}

/** What an event can have waited for this process and nobody else: since the turn of the loop began, and for the one before. */
class LoopTurn {
  #startedMs = 0;
  #previousMs = 0;
  #isOpen = false;

  ownDelayMs(nowMs: number): number {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#startedMs = nowMs;
      setImmediate(() => {
        this.#isOpen = false;
        this.#previousMs = performance.now() - this.#startedMs;
      });
    }
    return nowMs - this.#startedMs + this.#previousMs;
  }
}

class ArrivingStream {
  readonly #turn: LoopTurn;
  #rest = "";
  events = 0;
  worstDelayMs = 0;

  constructor(turn: LoopTurn) {
    this.#turn = turn;
  }

  take(chunk: Buffer): void {
    const ownDelayMs = this.#turn.ownDelayMs(performance.now());
    const nowMicros = Number(process.hrtime.bigint() / 1000n);
    const text = this.#rest + chunk.toString("latin1");
    let end = 0;
    for (const { index, 0: mark, 1: writtenMicros } of text.matchAll(/"@(\d+) "/g)) {
      end = index + mark.length;
      this.events++;
      const delayMs = (nowMicros - Number(writtenMicros)) / 1_000 - ownDelayMs;
      this.worstDelayMs = Math.max(this.worstDelayMs, delayMs);
    }
    this.#rest = text.slice(Math.max(end, text.length - 64));
  }
}
