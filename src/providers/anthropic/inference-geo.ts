// The geography that Anthropic is told to compute in, and the one that it says it has computed in
// (platform.claude.com/docs/en/manage-claude/data-residency).
import { includesPlace, isObject, type Place } from "../../base/index.ts";
import { withMemberSaid } from "../json-body.ts";
import { type Evidence, noEvidence } from "../provider.ts";

/** There is no other: in particular none for Europe. */
export type InferenceGeo = "us" | "global";

const us = "US" as Place;

/** All that the endpoint is permitted lies in the United States, or it may be anywhere. */
export function geoFor(computes: readonly Place[]): InferenceGeo {
  const isInUs = computes.length > 0 && computes.every((place) => includesPlace(new Set([us]), place));
  return isInUs ? "us" : "global";
}

/** INVARIANT: what leaves says `geo`, in every spelling that a reader may take for it too. */
export function withGeo(body: Uint8Array, geo: InferenceGeo): readonly Uint8Array[] {
  return withMemberSaid(body, member, () => JSON.stringify(geo));
}

const member = "inference_geo";

/** `global` names no place, `not_available` and null none either, and a word that nobody has documented is not guessed at. */
export function evidenceIn(body: unknown): Evidence {
  const stated = geoIn(body);
  if (typeof stated !== "string") return noEvidence;
  const shown = { ...noEvidence, source: member };
  return stated === "us" ? { ...shown, evidenceClass: "E3", places: [us] } : shown;
}

/** Of a message, or of the event that begins one. */
function geoIn(body: unknown): unknown {
  if (!isObject(body)) return null;
  const message = isObject(body["message"]) ? body["message"] : body;
  const { usage } = message;
  return isObject(usage) ? usage[member] : null;
}
