// Pictures, as OpenAI writes them. Nobody sees anything: a picture is how long its words were, and the one before it.
import { ok } from "../../../base/index.ts";
import { type EngineOperationName, formatSseData } from "../../../wire/index.ts";
import { wrong } from "../completion-request.ts";
import type { Members } from "../dialect.ts";
import { tokenize, type Tokens } from "../tokens.ts";
import type { AtOnceDialect } from "./at-once.ts";

export const imageDialects: readonly AtOnceDialect[] = [
  imageDialect("image_generations", "image_generation"),
  imageDialect("image_edits", "image_edit"),
  imageDialect("image_variations", "image_edit"),
];

const mostPictures = 10;

function imageDialect(operation: EngineOperationName, eventName: string): AtOnceDialect {
  const isOfPictures = operation !== "image_generations";
  return {
    operation,
    read(members) {
      const given = pictureBytesOf(members);
      if (isOfPictures && given === null) return wrong("image");
      const count = Number(members["n"] ?? 1);
      if (!Number.isInteger(count) || count < 1 || count > mostPictures) return wrong("n");
      const words = typeof members["prompt"] === "string" ? members["prompt"] : "";
      const prompt = tokenize(words + "x".repeat(Math.min(given ?? 0, 1_000)));
      const picture = Buffer.from(`SIM picture of ${words.length} characters and ${given ?? 0} bytes`);
      const told: Told = { prompt, picture: picture.toString("base64"), count };
      if (members["stream"] === true)
        return ok({ prompt, contentType: "text/event-stream", format: () => events(told, eventName) });
      return ok({ prompt, format: ({ createdS }) => whole(told, createdS) });
    },
  };
}

interface Told {
  readonly prompt: Tokens;
  /** In base64. */
  readonly picture: string;
  readonly count: number;
}

/** Null where there is none. */
function pictureBytesOf(members: Members): number | null {
  const sizes = Object.entries(members).flatMap(([name, value]) =>
    name.startsWith("image") && typeof value === "number" ? [value] : [],
  );
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
}

function whole({ prompt, picture, count }: Told, createdS: number): string {
  const data = Array.from({ length: count }, () => ({ b64_json: picture }));
  return JSON.stringify({ created: createdS, data, usage: usageOf(prompt, count) });
}

function events({ prompt, picture, count }: Told, name: string): string {
  const partial = { type: `${name}.partial_image`, b64_json: picture, partial_image_index: 0 };
  const last = { type: `${name}.completed`, b64_json: picture, usage: usageOf(prompt, count) };
  return [partial, ...Array.from({ length: count }, () => last)]
    .map((event) => formatSseData(JSON.stringify(event)))
    .join("");
}

function usageOf(prompt: Tokens, count: number): object {
  return { input_tokens: prompt.length, output_tokens: count, total_tokens: prompt.length + count };
}
