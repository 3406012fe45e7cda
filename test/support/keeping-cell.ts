// A cell whose model `chain` two engines serve that keep responses, each for itself.
import type { TestContext } from "node:test";
import { withCounsel } from "./legal-notes.ts";
import { type KeepingEngine, startKeepingEngine } from "./keeping-engine.ts";
import { keyOf, startTestCell, type TestCell, type TestCellOptions } from "./test-cell.ts";
import { policyForThreads } from "./threads.ts";

export const chainPolicy: string = withCounsel(policyForThreads)
  .replaceAll(/(fra-[12]: \{ cell: eu-frankfurt, engine:) sim/g, "$1 openai-compatible, serves: [responses]")
  .replace(
    "models:\n",
    "models:\n  chain: { allows: [store, previous_response_id, item_reference], served-by: { fra-1: m, fra-2: m } }\n" +
      "  alone: { allows: [store, previous_response_id, item_reference], served-by: { fra-1: m } }\n" +
      "  sealed: { served-by: { fra-1: m, fra-2: m } }\n",
  );

export type Engines = Readonly<Record<"fra-1" | "fra-2", KeepingEngine>>;

export async function startEngines(t: TestContext): Promise<Engines> {
  return { "fra-1": await startKeepingEngine(t, "one"), "fra-2": await startKeepingEngine(t, "two") };
}

export function startKeepingCell(
  t: TestContext,
  engines: Engines,
  options: TestCellOptions = {},
): Promise<TestCell> {
  const urls = { "fra-1": engines["fra-1"].url, "fra-2": engines["fra-2"].url };
  return startTestCell(t, { policy: chainPolicy, urls, ...options });
}

export interface Told {
  readonly status: number;
  readonly endpoint: string | null;
  readonly text: string;
  readonly body: {
    readonly id: string;
    readonly previous_response_id: string | null;
    readonly output: readonly { readonly id: string; readonly encrypted_content?: string }[];
    readonly error: { readonly type: string; readonly param: string; readonly message: string };
  };
}

interface AskResponse {
  readonly tenant?: string;
  readonly person?: string;
  readonly model?: string;
}

/** Over a connection of its own, so that any of the threads may have it. */
export async function askResponse(
  { gateway }: TestCell,
  members: object,
  { tenant = "demo-bank", person, model = "chain" }: AskResponse = {},
): Promise<Told> {
  const answer = await fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${keyOf(tenant)}`,
      "content-type": "application/json",
      connection: "close",
      ...(person !== undefined && { "bailiwick-subject": person }),
    },
    body: JSON.stringify({ model, input: "hi", store: true, ...members }),
  });
  const text = await answer.text();
  const body = (text.startsWith("{") ? JSON.parse(text) : null) as Told["body"];
  return { status: answer.status, endpoint: answer.headers.get("bailiwick-endpoint"), text, body };
}
