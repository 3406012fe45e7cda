import type { ObjectHead } from "../../privacy/index.ts";
import type { BatchStatus, BatchView, BatchWish } from "../../wire/index.ts";
import type { Submitter } from "../exchange/channel.ts";

/** How a batch can end. */
export type BatchEnd = "completed" | "expired" | "cancelled" | "failed";

/** What is said of a batch, sealed. INVARIANT: plain data. After its submission whoever runs it alone writes it. */
export interface BatchAbout extends BatchWish {
  readonly submitter: Submitter;
  /** Whose data it is, where the submission named somebody: each line does. It is nowhere but under that person's own key. */
  readonly person: string | null;
  readonly dueAtMs: number;
  readonly status: BatchStatus;
  readonly since: BatchView["since"];
  readonly errors: BatchView["errors"];
  readonly counts: BatchView["counts"];
  /** Of the input file, those that are empty too; 0 until they were counted. */
  readonly lineCount: number;
  readonly results: Readonly<Record<ResultName, ResultFile>>;
  /** What it becomes once its results are files; null while it runs. */
  readonly end: BatchEnd | null;
}

/** Lines that were answered with 200, and all others. */
export type ResultName = "output" | "errors";

interface ResultFile {
  /** What it will be called: chosen when the batch is submitted. */
  readonly id: string;
  /** Null while more may follow. */
  readonly bytes: number | null;
}

/** In the clear beside a batch: it waits or runs, until it is gone. */
export const openNote = "open";
/** Its caller wants no more of it. */
export const cancelNote = "cancel";
/** No line behind this one was ever begun. */
export const begunNote = "begun";

export function batchView(
  { id, createdAtMs }: ObjectHead,
  about: BatchAbout,
  isCancelled: boolean,
): BatchView {
  const { output, errors } = about.results;
  const isOver = about.end !== null && about.status === about.end;
  const isEnding = !isOver && about.status !== "finalizing";
  return {
    ...about,
    id,
    createdAtMs,
    status: isCancelled && isEnding ? "cancelling" : about.status,
    outputFileId: isOver && output.bytes ? output.id : null,
    errorFileId: isOver && errors.bytes ? errors.id : null,
  };
}
