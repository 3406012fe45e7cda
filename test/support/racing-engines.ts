// Engines that a test plays by the order in which requests come, whichever endpoint each of them comes to.
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startRawUpstream, wholeAnswer } from "./raw-http.ts";
import { startTestCell, type TestCell, type TestCellOptions } from "./test-cell.ts";

export interface Arrival {
  readonly endpoint: string;
  readonly socket: Socket;
  /** What the ledger had acknowledged when it came. */
  readonly recorded: readonly string[];
  hasLeft: boolean;
}

/** What the n-th request is answered with; one that nobody plays is left waiting. */
export type Play = (socket: Socket, endpoint: string) => void;

export interface RacingCell {
  readonly cell: TestCell;
  /** In their order. */
  readonly arrivals: readonly Arrival[];
  /** Resolves once so many requests have come. */
  readonly came: (count: number) => Promise<void>;
  readonly play: (at: number, play: Play) => void;
}

export interface RacingOptions extends TestCellOptions {
  readonly endpoints?: readonly string[];
  readonly plays?: readonly (Play | null)[];
  /** What each request is answered with instead. */
  readonly playEach?: Play;
}

export async function startRacingCell(t: TestContext, options: RacingOptions): Promise<RacingCell> {
  const { endpoints = ["fra-1", "fra-2", "fra-3"], plays = [], playEach } = options;
  const arrivals: Arrival[] = [];
  const entries: { current: TestCell["entries"] } = { current: [] };
  const urls: Record<string, string> = {};
  for (const endpoint of endpoints) {
    const { url } = await startRawUpstream(t, (socket, request) => {
      if (!request.startsWith("POST ")) {
        socket.end(wholeAnswer(200, "{}"));
        return;
      }
      const recorded = entries.current.map((entry) => entry.t);
      const arrival: Arrival = { endpoint, socket, recorded, hasLeft: false };
      socket.setMaxListeners(0).once("close", () => (arrival.hasLeft = true));
      const play = playEach ?? plays[arrivals.length];
      arrivals.push(arrival);
      play?.(socket, endpoint);
    });
    urls[endpoint] = url;
  }
  const cell = await startTestCell(t, { ...options, urls });
  entries.current = cell.entries;
  return {
    cell,
    arrivals,
    async came(count) {
      while (arrivals.length < count) await pause(2);
    },
    play(at, play) {
      const arrival = arrivals[at];
      if (arrival) play(arrival.socket, arrival.endpoint);
    },
  };
}

/** An answer in one piece that says which one it is. */
export function saying(content: string, place = "DE"): Play {
  const body = JSON.stringify({
    id: "c",
    object: "chat.completion",
    created: 0,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
  return (socket) =>
    void socket.write(wholeAnswer(200, body).replace("x-sim-place: DE", `x-sim-place: ${place}`));
}

export function failing(status: number, body = "{}"): Play {
  return (socket) => void socket.write(wholeAnswer(status, body));
}

/** Second attempts, by what became of them. */
export function hedgesIn(cell: TestCell): Record<string, number> {
  const found = cell.metrics().matchAll(/^bailiwick_hedges_total\{[^}]*fate="(\w+)"[^}]*\} (\d+)$/gm);
  return Object.fromEntries(Array.from(found, ([, fate, count]) => [fate, Number(count)]));
}
