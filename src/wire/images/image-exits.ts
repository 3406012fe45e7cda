// The members of requests for pictures by which they would leave the place that they were permitted for. The same for JSON
// and for forms, in which a picture may be a text as well.
import { isObject } from "../../base/index.ts";
import { foldName, isNamed } from "../member-name.ts";
import type { ExitRule, FoundExit } from "../operation.ts";
import { isRemote, steeringExits } from "../openai/steering-exits.ts";

/** Those that hold pictures, or where they are. */
const pictureMembers = ["image", "images", "mask", "image_url", "mask_url", "reference_images"];

export const imageExits: readonly ExitRule[] = [
  ...steeringExits,
  // A list of `image_url` or `file_id` (developers.openai.com/api/reference/resources/images), or an address in the place of a
  // picture, as vLLM-Omni, Together and xAI take it.
  ...pictureMembers.map(remotePicture),
  {
    member: "file_id",
    does: "moves",
    find: (value) => (value === null ? [] : [{ path: "", name: "file" }]),
  },
  // The provider keeps the picture, and gives whoever has the address a copy from wherever its own network is.
  { member: "response_format", does: "keeps", find: findAddressWish },
];

function findAddressWish(format: unknown): readonly FoundExit[] {
  return format === null || format === "b64_json" ? [] : [{ path: "", name: "response_format" }];
}

/** What else than words a request holds. */
export function holdsPictures(names: Iterable<string>): boolean {
  return Array.from(names).some((name) => [...pictureMembers, "file_id"].includes(foldName(name)));
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
