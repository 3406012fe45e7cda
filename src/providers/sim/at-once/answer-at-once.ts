// An answer of a simulated engine in one piece: queue, prefill, and the fault that may befall it. Nothing is decoded.
import {
  breakOff,
  type EngineParts,
  hang,
  type Job,
  refuse,
  sendError,
  statedPlace,
  timingUnder,
} from "../completion.ts";
import { formatVllmError, internalError } from "../vllm-error.ts";
import type { AtOnce } from "./at-once.ts";

const words = { formatError: formatVllmError };

interface AtOnceJob extends Omit<Job, "request" | "dialect"> {
  readonly asked: AtOnce;
}

/** Rejects when the client leaves; the engine is free again by then. */
export async function answerAtOnce(
  engine: EngineParts,
  { id, asked, fault, response, signal }: AtOnceJob,
): Promise<void> {
  if (fault.mode === "refuse") return refuse(response, words);
  if (fault.mode === "error") return sendError(response, internalError, words);
  const sequence = await engine.scheduler.admit(asked.prompt, timingUnder(fault, engine), signal);
  try {
    if (fault.mode === "hang") await hang(signal);
    const createdS = Math.floor(Date.now() / 1000);
    const body = Buffer.from(asked.format({ id, model: engine.model, createdS }));
    response.writeHead(200, {
      "content-type": asked.contentType ?? "application/json",
      "content-length": body.length,
      "x-sim-place": statedPlace({ fault, engine }),
    });
    if (fault.mode !== "cut") return void response.end(body);
    response.write(body.subarray(0, body.length / 2));
    breakOff(response);
  } finally {
    sequence.free();
  }
}
