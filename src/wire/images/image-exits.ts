// The members of requests for pictures by which they would leave the place that they were permitted for. The same for JSON
// and for forms, in which a picture may be a text as well.
import { isObject } from "../../base/index.ts";
import { isNamed } from "../member-name.ts";
import type { ExitRule, FoundExit } from "../operation.ts";
import { isRemote, steeringExits } from "../openai/steering-exits.ts";

export const imageExits: readonly ExitRule[] = [
  ...steeringExits,
  // A list of `image_url` or `file_id` (developers.openai.com/api/reference/resources/images), or an address in the place of a
  // picture, as vLLM-Omni, Together and xAI take it.
  remotePicture("image"),
  remotePicture("images"),
  remotePicture("mask"),
  remotePicture("image_url"),
  remotePicture("mask_url"),
  remotePicture("reference_images"),
  {
    member: "file_id",
    does: "moves",
    find: (value) => (value === null ? [] : [{ path: "", name: "file" }]),
  },
  // The provider keeps the picture, and gives whoever has the address a copy from wherever its own network is.
  { member: "response_format", does: "keeps", find: findAddressWish },
];

function findAddressWish(format: unknown): readonly FoundExit[] {
  return format === "url" ? [{ path: "", name: "response_format" }] : [];
}

function remotePicture(member: string): ExitRule {
  return { member, does: "moves", find: (value) => findRemote(value, "") };
}

/** Wherever in it an address stands, or the id of what was stored there before. */
function findRemote(value: unknown, path: string): readonly FoundExit[] {
  if (isRemote(value)) return [{ path, name: "image_url" }];
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => findRemote(item, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => findIn(key, inner, path));
}

/** A name that is not known is the caller's own word, and is not said in a path. */
function findIn(key: string, value: unknown, path: string): readonly FoundExit[] {
  if (isNamed(key, "file_id")) return value === null ? [] : [{ path: `${path}.file_id`, name: "file" }];
  const known = pictureNames.find((name) => isNamed(key, name));
  return findRemote(value, known === undefined ? path : `${path}.${known}`);
}

const pictureNames = ["image_url", "url"];
