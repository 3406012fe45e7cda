// Vectors of a simulated engine: the same text always has the same one, and it says nothing of the text's meaning.
import { hash } from "node:crypto";
import { ok } from "../../../base/index.ts";
import { wrong } from "../completion-request.ts";
import type { Members } from "../dialect.ts";
import { readPrompt } from "../text-dialect.ts";
import type { Tokens } from "../tokens.ts";
import type { AnswerNames, AtOnceDialect } from "./at-once.ts";

const ownDimensions = 8;
const mostDimensions = 4_096;

export const vectorDialect: AtOnceDialect = {
  operation: "embeddings",
  read(members) {
    const request = readVectorRequest(members);
    if (request === null) return wrong("dimensions");
    return ok({ prompt: request.prompts.flat(), format: (about) => formatVectors(about, request) });
  },
};

interface VectorRequest {
  readonly prompts: readonly Tokens[];
  readonly dimensions: number;
  readonly isBase64: boolean;
}

/** Null for dimensions that it has not. */
function readVectorRequest(members: Members): VectorRequest | null {
  const { input, dimensions = ownDimensions, encoding_format: format } = members;
  if (!Number.isInteger(dimensions) || Number(dimensions) < 1 || Number(dimensions) > mostDimensions)
    return null;
  const isMany = Array.isArray(input) && input.some((each) => typeof each !== "number");
  const prompts = (isMany ? (input as readonly unknown[]) : [input]).map((each) => readPrompt(each) ?? []);
  return { prompts, dimensions: Number(dimensions), isBase64: format === "base64" };
}

function formatVectors(
  { id, model, createdS }: AnswerNames,
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
