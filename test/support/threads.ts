// Callers of a cell that has several threads, and what its ledger holds in the end.
import { Agent, request } from "node:http";
import type { Worker } from "node:worker_threads";
import { type Entry, parseEntry, verifyLog } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";
import { sha256, verifyEd25519 } from "./ledger-crypto.ts";
import { type Ask, chatBody } from "./ask.ts";
import { keyOf, type TestCell, testPolicy } from "./test-cell.ts";

/** Several threads serve no policy with limits. */
export const policyForThreads: string = withoutLimits(testPolicy);

export function withoutLimits(policy: string): string {
  return policy.replaceAll(/ limits: \{[^}]*\},/g, "");
}

export interface LoneAnswer {
  /** 0: the connection ended before an answer. */
  readonly status: number;
  readonly text: string;
}

/** Over a connection of its own, so that the system deals it to any of the threads. Never rejects. */
export function askAlone(
  { gateway }: TestCell,
  ask: Ask = {},
  onFirst: () => void = () => undefined,
): Promise<LoneAnswer> {
  const { promise, resolve } = Promise.withResolvers<LoneAnswer>();
  const headers = {
    authorization: `Bearer ${keyOf(ask.tenant ?? "demo-bank")}`,
    "content-type": "application/json",
    ...ask.headers,
  };
  const agent = new Agent({ keepAlive: false });
  const sent = request(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, agent }, (answer) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.once("data", onFirst);
    answer.on("data", (chunk: string) => void (text += chunk));
    answer.on("error", () => resolve({ status: 0, text }));
    answer.on("end", () => resolve({ status: answer.complete ? (answer.statusCode ?? 0) : 0, text }));
  });
  sent.on("error", () => resolve({ status: 0, text: "" }));
  sent.end(ask.body ?? chatBody(ask));
  return promise;
}

/** Those of the threads of a cell, in the order in which they were opened, with how many requests each has logged. */
export class SeenWorkers {
  readonly all: Worker[] = [];
  readonly #finished = new Map<Worker, number>();

  readonly add = (worker: Worker): void => {
    this.all.push(worker);
    worker.on("message", (message: { readonly kind: string; readonly text?: string }) => {
      if (message.kind !== "lines") return;
      const count = message.text?.match(/"request_finished"/g)?.length ?? 0;
      this.#finished.set(worker, this.finishedBy(worker) + count);
    });
  };

  finishedBy(worker: Worker): number {
    return this.#finished.get(worker) ?? 0;
  }
}

export interface FinishedLog {
  readonly entries: readonly Entry[];
  readonly problems: readonly unknown[];
  readonly openDecisionCount: number;
}

/** Ends the cell, and reads what anybody can. */
export async function finishLog(cell: TestCell): Promise<FinishedLog> {
  await cell.gateway.drain();
  await cell.ledger.close();
  const [log] = await openLogDirectory(cell.ledger.directory);
  if (log === undefined) throw new Error("there is no log");
  const trust = { logs: [cell.ledger.verifierKey], witnesses: [], quorum: { kind: "none" } } as const;
  const { problems, openDecisionCount, entryCount } = await verifyLog({
    reader: log.reader,
    trust,
    sha256,
    verifyEd25519,
  });
  const entries: Entry[] = [];
  for (let index = 0; index < entryCount; index++) {
    const entry = parseEntry(await log.readEntry(index));
    if (!entry.ok) throw new Error(entry.error.reason);
    entries.push(entry.value);
  }
  return { entries, problems, openDecisionCount };
}
