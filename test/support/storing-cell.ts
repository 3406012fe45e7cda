// A cell whose tenants may leave files in it and run batches, and what a test asks of it.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { TestContext } from "node:test";
import OpenAI, { APIError, toFile } from "openai";
import { withCounsel } from "./legal-notes.ts";
import { keyOf, startTestCell, type TestCell, type TestCellOptions, testPolicy } from "./test-cell.ts";

const files = "files: { max-bytes: 2000000, max-count: 12, batches: { at-once: 4, max-open: 2 } }";

/** Of `demo-bank`, `demo-clinic`, `demo-shop`, `demo-dubai` and `nomad`; the others may leave none. */
export const storingPolicy: string = withCounsel(
  ["demo-bank", "demo-clinic", "demo-shop", "demo-dubai", "nomad"].reduce(
    (text, tenant) => text.replace(new RegExp(`( {2}${tenant}:\\s+\\{ )`), `$1${files}, `),
    testPolicy,
  ),
);

export function startStoringCell(t: TestContext, options: TestCellOptions = {}): Promise<TestCell> {
  return startTestCell(t, { policy: storingPolicy, ...options });
}

export function clientOf(
  { gateway }: TestCell,
  tenant = "demo-bank",
  defaultHeaders: Readonly<Record<string, string>> = {},
): OpenAI {
  const baseURL = `${gateway.url}/v1`;
  return new OpenAI({ apiKey: keyOf(tenant), baseURL, maxRetries: 0, defaultHeaders });
}

export function chatLine(id: string, more: Readonly<Record<string, unknown>> = {}): string {
  const body = { model: "assistant", messages: [{ role: "user", content: `Say ${id}` }], ...more };
  return JSON.stringify({ custom_id: id, method: "POST", url: "/v1/chat/completions", body });
}

export function chatLines(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => chatLine(`line-${at + 1}`));
}

export async function upload(client: OpenAI, text: string): Promise<OpenAI.FileObject> {
  return client.files.create({ file: await toFile(Buffer.from(text), "lines.jsonl"), purpose: "batch" });
}

/** Submits the lines as a batch. */
export async function submit(client: OpenAI, lines: readonly string[]): Promise<OpenAI.Batch> {
  const file = await upload(client, lines.join("\n"));
  return submitFile(client, file.id);
}

export function submitFile(client: OpenAI, id: string): Promise<OpenAI.Batch> {
  return client.batches.create({
    input_file_id: id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
}

export async function refused(asking: Promise<unknown>, status: number, type: string): Promise<void> {
  await assert.rejects(asking, (error) => {
    assert.ok(error instanceof APIError, String(error));
    assert.deepEqual([error.status, error.type], [status, type]);
    return true;
  });
}

const overs = ["completed", "failed", "expired", "cancelled"];

/** As it is in the end. */
export async function whenOver(client: OpenAI, id: string, withinMs = 20_000): Promise<OpenAI.Batch> {
  return whenBatch(client, id, ({ status }) => overs.includes(status), withinMs);
}

export async function whenBatch(
  client: OpenAI,
  id: string,
  is: (batch: OpenAI.Batch) => boolean,
  withinMs = 20_000,
): Promise<OpenAI.Batch> {
  const end = performance.now() + withinMs;
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (is(batch)) return batch;
    if (performance.now() > end) throw new Error(`the batch is \`${batch.status}\` still`);
    await pause(20);
  }
}

export interface ResultLine {
  readonly custom_id: string | null;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: unknown;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly repeated?: true;
}

/** Of a batch's output or error file; none where there is no such file. */
export async function resultsIn(
  client: OpenAI,
  file: string | null | undefined,
): Promise<readonly ResultLine[]> {
  if (!file) return [];
  const text = await (await client.files.content(file)).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ResultLine);
}
