// Vectors from a simulated engine: queue, prefill, and the fault that may befall them. Nothing is decoded.
import {
  breakOff,
  type EngineParts,
  hang,
  type Job,
  refuse,
  sendError,
  statedPlace,
  timingUnder,
} from "./completion.ts";
import { formatVectors, type VectorRequest } from "./vectors.ts";
import { formatVllmError, internalError } from "./vllm-error.ts";

const words = { formatError: formatVllmError };

interface VectorJob extends Omit<Job, "request" | "dialect"> {
  readonly request: VectorRequest;
}

/** Rejects when the client leaves; the engine is free again by then. */
export async function embed(
  engine: EngineParts,
  { id, request, fault, response, signal }: VectorJob,
): Promise<void> {
  if (fault.mode === "refuse") return refuse(response, words);
  if (fault.mode === "error") return sendError(response, internalError, words);
  const prompt = request.prompts.flat();
  const sequence = await engine.scheduler.admit(prompt, timingUnder(fault, engine), signal);
  try {
    if (fault.mode === "hang") await hang(signal);
    const createdS = Math.floor(Date.now() / 1000);
    const body = formatVectors({ id, model: engine.model, createdS }, request);
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "x-sim-place": statedPlace({ fault, engine }),
    });
    if (fault.mode !== "cut") return void response.end(body);
    response.write(body.slice(0, body.length / 2));
    breakOff(response);
  } finally {
    sequence.free();
  }
}
