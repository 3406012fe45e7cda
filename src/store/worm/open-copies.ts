// The gateway's side of the copies: starts their thread, keeps what it says, and writes down what it has reached.
// The control thread owns its state.
import { Worker } from "node:worker_threads";
import type { Position } from "../log/ledger.ts";
import { requireS3Client } from "./bucket.ts";
import type { AnchoredCopy, CopyState } from "./copy-state.ts";
import type { CopyThreadOptions, FromCopyThread, ToCopyThread } from "./thread-protocol.ts";

export interface CopyOptions extends CopyThreadOptions {
  /** Appends a `worm` entry and resolves when it is durable. */
  readonly record: (copy: AnchoredCopy) => Promise<Position>;
}

/** The locked copies of one cell's logs. They follow the logs on their own and hold up nothing. */
export interface Copies {
  state(): CopyState;
  /** Stops in the middle of whatever is under way, which is what a crash would do: the next start goes on from there. */
  close(): Promise<void>;
}

const atStart: CopyState = { status: "copying", refusal: null, behindEntries: 0, lagMs: 0, objectCount: 0 };

/** Throws where the storage's client is not installed: the thread could tell nobody. */
export function openCopies({ record, ...workerData }: CopyOptions): Copies {
  requireS3Client();
  // The thread gets no environment: the SDK would find keys and settings there that the cell file does not name.
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData, env: {} });
  let state = atStart;
  const stop = (): void => {
    // What it said last stands when it ended by itself; a thread that broke has said nothing.
    if (state.status !== "refused") state = { ...state, status: "stopped" };
  };
  worker.on("message", (message: FromCopyThread) => {
    if (message.kind === "state") state = message.state;
    else void recordOne(worker, record(message.copy));
  });
  worker.on("error", stop);
  worker.on("exit", stop);
  return { state: () => state, close: async () => void (await worker.terminate()) };
}

async function recordOne(worker: Worker, recording: Promise<Position>): Promise<void> {
  const answer: ToCopyThread = { recorded: await recording.catch(() => null) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(answer);
}
