// Vectors of a simulated engine: the same text always has the same one, and it says nothing of the text's meaning.
import { hash } from "node:crypto";
import type { Members } from "./dialect.ts";
import { readPrompt } from "./text-dialect.ts";
import type { Tokens } from "./tokens.ts";

const ownDimensions = 8;
const mostDimensions = 4_096;

export interface VectorRequest {
  readonly prompts: readonly Tokens[];
  readonly dimensions: number;
  readonly isBase64: boolean;
}

/** Null for dimensions that it has not. */
export function readVectorRequest(members: Members): VectorRequest | null {
  const { input, dimensions = ownDimensions, encoding_format: format } = members;
  if (!Number.isInteger(dimensions) || Number(dimensions) < 1 || Number(dimensions) > mostDimensions)
    return null;
  const isMany = Array.isArray(input) && input.some((each) => typeof each !== "number");
  const prompts = (isMany ? (input as readonly unknown[]) : [input]).map((each) => readPrompt(each) ?? []);
  return { prompts, dimensions: Number(dimensions), isBase64: format === "base64" };
}

export function formatVectors(
  { id, model, createdS }: { readonly id: string; readonly model: string; readonly createdS: number },
  { prompts, dimensions, isBase64 }: VectorRequest,
): string {
  const data = prompts.map((prompt, index) => {
    const vector = vectorOf(prompt, dimensions);
    return { index, object: "embedding", embedding: isBase64 ? inBase64(vector) : vector };
  });
  const read = prompts.reduce((total, prompt) => total + prompt.length, 0);
  const usage = { prompt_tokens: read, total_tokens: read };
  return JSON.stringify({ id: `embd-${id}`, object: "list", created: createdS, model, data, usage });
}

/** Of length 1. */
function vectorOf(prompt: Tokens, dimensions: number): readonly number[] {
  const raw = Array.from({ length: dimensions }, (_, at) => {
    const digest = hash("sha256", `${at} ${prompt.join("")}`, "buffer");
    return digest.readInt16LE(0) + 0.5;
  });
  const length = Math.hypot(...raw);
  return raw.map((value) => Math.fround(value / length));
}

function inBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}
