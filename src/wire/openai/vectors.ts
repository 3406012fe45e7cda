// What an engine answers to `POST /v1/embeddings`: a list of vectors, as numbers or as base64 of little-endian floats.
import { isObject, toBase64 } from "../../base/index.ts";
import type { VectorForm } from "./embeddings.ts";

export type Vector = readonly number[] | string;

/** The vectors of a parsed answer, in their order; null for what is none. */
export function readVectors(body: unknown): readonly Vector[] | null {
  if (!isObject(body) || !Array.isArray(body["data"])) return null;
  const vectors = body["data"].map((item: unknown) => (isObject(item) ? item["embedding"] : null));
  return vectors.every(isVector) ? vectors : null;
}

function isVector(value: unknown): value is Vector {
  return (
    typeof value === "string" || (Array.isArray(value) && value.every((each) => typeof each === "number"))
  );
}

const floatBytes = 4;

/** Who asked can read it. Another length is another space: what was stored before cannot be compared with it. */
export function isInForm(vector: Vector, { isBase64, dimensions }: VectorForm): boolean {
  if (typeof vector === "string" && !isBase64) return false;
  return dimensions === null || dimensionsOf(vector) === dimensions;
}

function dimensionsOf(vector: Vector): number {
  if (typeof vector !== "string") return vector.length;
  const digits = vector.replace(/=+$/, "").length;
  return Math.floor((digits * 6) / 8) / floatBytes;
}

/** The same answer with its vectors as who asks for base64 reads them. */
export function inBase64(body: Readonly<Record<string, unknown>>): unknown {
  const data = (body["data"] as readonly Readonly<Record<string, unknown>>[]).map((item) => ({
    ...item,
    embedding: vectorInBase64(item["embedding"] as Vector),
  }));
  return { ...body, data };
}

export function vectorInBase64(vector: Vector): string {
  if (typeof vector === "string") return vector;
  const bytes = new DataView(new ArrayBuffer(vector.length * floatBytes));
  for (const [at, value] of vector.entries()) bytes.setFloat32(at * floatBytes, value, true);
  return toBase64(new Uint8Array(bytes.buffer));
}
