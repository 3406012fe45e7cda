// Whether a request holds more than words: pictures, sound, films and files, whose bytes do not say how many tokens they are.
import { isObject } from "../../base/index.ts";
import type { AnswerBound } from "../operation.ts";
import { foldName, isNamed } from "../member-name.ts";

/** Of the parts of every dialect that is spoken here; Anthropic's have a `source`. */
const mediaNames: ReadonlySet<string> = new Set([
  "audio",
  "audio_url",
  "document_url",
  "file",
  "file_data",
  "file_id",
  "file_url",
  "image",
  "image_url",
  "input_audio",
  "source",
  "video",
  "video_url",
]);

/** The part of a bound that says so: of such a request, the model's context alone bounds what is read. */
export function boundOfMedia(values: readonly unknown[]): Pick<AnswerBound, "bytes"> {
  return values.some(holdsMedia) ? boundless : words;
}

/** Of what is no text its bytes say nothing. */
export const boundless: Pick<AnswerBound, "bytes"> = { bytes: Number.POSITIVE_INFINITY };
const words = {};

/**
 * In its parts; what a tool is called with is the caller's own, whatever it is named. INVARIANT: no deeper than a body may be.
 */
function holdsMedia(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsMedia);
  if (!isObject(value)) return false;
  for (const name in value) {
    if (isOfMedia(name)) return true;
    if (inside.some((each) => isNamed(name, each)) && holdsMedia(value[name])) return true;
  }
  return false;
}

/** Where parts stand: the results of tools hold some as well. */
const inside = ["content", "output"];

function isOfMedia(name: string): boolean {
  return mediaNames.has(name) || mediaNames.has(foldName(name));
}
