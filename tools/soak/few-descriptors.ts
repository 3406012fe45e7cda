// A cell that may open 256 files, and callers that take more: it serves again when they have gone.
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ask } from "./call.ts";
import { Callers } from "./callers.ts";
import { judge } from "./judge.ts";
import type { Part, PartOptions } from "./part.ts";
import { Stage } from "./stage.ts";
import { verdict } from "./verdict.ts";

const descriptors = 256;
/** The cell has 60 descriptors itself. */
const floodCalls = 120;
/** Without a key and without a word. */
const tooManyConnections = 400;
const heldForMs = 2_000;
const servesAgainWithinMs = 5_000;

export const fewDescriptors: Part = {
  name: `under \`ulimit -n ${descriptors}\``,
  needs: "a shell",
  async run({ directory, seed, threads, requestsPerSecond, lengthMs, signal, onStage }: PartOptions) {
    const wrapper = ["sh", "-c", `ulimit -n ${descriptors}; exec "$@"`, "sh"];
    const stage = await Stage.set(directory, { wrapper, environment: {}, threads });
    onStage(stage);
    await stage.start();
    const callers = new Callers(
      { url: () => stage.url, journal: stage.journal, signal },
      { seed, loops: 4, requestsPerSecond },
    );
    await stage.rest(lengthMs / 4, signal);
    await stage.engine("fra-1").fallIll("slow");
    await callers.flood(floodCalls);
    await holdConnections(stage.url ?? "", signal);
    stage.journal.count("flood");
    await stage.engine("fra-1").recover();
    const floodEndedMs = performance.now();
    const servedAgainMs = await untilServed(stage);
    await stage.rest(lengthMs / 2 - (performance.now() - floodEndedMs), signal);
    await stage.stop();
    await callers.stop();
    await stage.verify();
    const isServing = servedAgainMs <= servesAgainWithinMs;
    return [
      ...(await judge(stage, { isCrowded: true })),
      verdict(
        "who took all descriptors is gone, and the cell serves again",
        { servedAgainMs: Math.round(servedAgainMs) },
        isServing ? [] : [`not within ${servesAgainWithinMs} ms`],
      ),
    ];
  },
};

async function untilServed({ url, journal }: Stage): Promise<number> {
  const fromMs = performance.now();
  const asking = {
    tenant: "bank",
    kind: "plain",
    key: "a",
    person: null,
    operation: "chat",
    model: "assistant",
    isStream: false,
    leavesAfterMs: 0,
  } as const;
  while (performance.now() - fromMs < 2 * servesAgainWithinMs) {
    const call = await ask({ ...asking, url: url ?? "" });
    journal.calls.push(call);
    if (call.status === 200) break;
    await pause(100);
  }
  return performance.now() - fromMs;
}

async function holdConnections(url: string, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(url);
  const held = Array.from({ length: tooManyConnections }, () =>
    connect(Number(port), hostname).on("error", () => undefined),
  );
  await pause(heldForMs, undefined, { signal }).finally(() => held.forEach((socket) => socket.destroy()));
}
