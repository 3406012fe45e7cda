import { readBatchLine, type BatchEndpoint, type LineResult } from "../../wire/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Channel } from "../exchange/channel.ts";
import type { BatchAbout } from "./batch-about.ts";
import type { InputLine } from "./input-lines.ts";
import { type LineAnswer, LineChannel } from "./line-channel.ts";

export interface LineRun {
  readonly cell: CellServices;
  readonly about: BatchAbout;
  /** Runs one request through all of the pipeline. Resolves when it is over. */
  readonly serve: (channel: Channel) => Promise<void>;
  /** Nothing more is begun, and what could not be answered yet is left as it is. */
  readonly mayGoOn: () => boolean;
  /** Resolves early when nothing more is begun. */
  readonly wait: (ms: number) => Promise<void>;
  /** Called with what ends the line before its answer, and with null when it is over. */
  readonly onUnderWay: (leave: () => void) => () => void;
}

type Answered = Pick<LineResult, "customId" | "response" | "error">;

const [leastWaitMs, longestWaitMs] = [1_000, 60_000];

/** What is said of one line in the end; null when it was left, to be run when the batch goes on. */
export async function runLine(run: LineRun, line: InputLine): Promise<Answered | null> {
  const { cell, about } = run;
  const read = readLine(run, line);
  if (read === null) return invalidLine(null, `the line is longer than ${cell.limits.maxBodyBytes} bytes`);
  if (!read.ok) return invalidLine(read.error.customId, read.error.message);
  const { customId, body } = read.value;
  const answer = await answerPatiently(run, about.endpoint, body);
  if (answer === null) return null;
  const requestId = answer.headers["bailiwick-request-id"] ?? "";
  return { customId, response: { status: answer.status, requestId, body: answer.body }, error: null };
}

export function customIdOf(run: LineRun, line: InputLine): string | null {
  const read = readLine(run, line);
  return read && (read.ok ? read.value.customId : read.error.customId);
}

function readLine({ cell, about }: LineRun, { bytes }: InputLine): ReturnType<typeof readBatchLine> | null {
  const { maxBodyValues: maxValues, maxBodyNames: maxNames } = cell.limits;
  return bytes && readBatchLine(bytes, about.endpoint, { maxValues, maxNames });
}

function invalidLine(customId: string | null, message: string): Answered {
  return { customId, response: null, error: { code: "invalid_line", message } };
}

/**
 * Others come first: where limits are reached, engines are full or no lawful one is available, the line waits and asks again,
 * up to the end of its batch's window. Each time it is decided anew, under the law of then.
 */
async function answerPatiently(
  run: LineRun,
  path: BatchEndpoint,
  body: Uint8Array,
): Promise<LineAnswer | null> {
  for (let waitMs = leastWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    if (!run.mayGoOn()) return null;
    const answer = await answerOnce(run, path, body);
    if (answer === null || !isPassing(answer)) return answer;
    const askedMs = Number(answer.headers["retry-after"] ?? 0) * 1_000;
    await run.wait(Math.min(Math.max(waitMs, askedMs), longestWaitMs));
  }
}

async function answerOnce(run: LineRun, path: BatchEndpoint, body: Uint8Array): Promise<LineAnswer | null> {
  const { submitter, person } = run.about;
  const channel = new LineChannel({ path, body, submitter, person });
  const isOver = run.onUnderWay(() => channel.leave());
  try {
    await run.serve(channel);
    return channel.answered;
  } finally {
    isOver();
  }
}

/** With the next request it may be otherwise. */
function isPassing({ status }: LineAnswer): boolean {
  return status === 429 || status === 503;
}
