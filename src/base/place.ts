import type { Brand } from "./brand.ts";
import { countryCodes, mistakenCodes, subdivisionsWithOwnCode, userAssignedCodes } from "./iso-3166.ts";
import { subdivisionLines } from "./iso-3166-2.ts";
import { fail, ok, type Result } from "./result.ts";

/**
 * A jurisdiction: an ISO 3166-1 country (`DE`), an ISO 3166-2 subdivision (`CA-QC`), or a private code for a legal
 * order inside a country (`AE+DIFC`).
 */
export type Place = Brand<string, "Place">;

/** A part that a set leaves out of a country that it holds: `!AE+DIFC`. See {@link exclusionOf}. */
export type Exclusion = Brand<string, "Exclusion">;

/**
 * Places named one by one. A country in the set stands for its subdivisions and private codes too, but for those that an
 * exclusion takes out again: the law of the Emirates' mainland is not that of their financial free zones.
 */
export type PlaceSet = ReadonlySet<Place | Exclusion>;

const placePattern = /^([A-Z]{2})(?:-[A-Z0-9]{1,3}|\+[A-Z0-9]{2,8})?$/;

/**
 * Upper case only, and only codes that ISO assigns: a place that is nearly right must be corrected by its author,
 * because guessing it would be guessing the law.
 */
export function parsePlace(text: string): Result<Place, string> {
  const match = placePattern.exec(text);
  const country = match?.[1];
  if (country === undefined) return fail(`\`${text}\` is not a place; ${hintFor(text)}`);
  const meant = mistakenCodes.get(country);
  if (meant !== undefined) {
    return fail(`\`${country}\` is not assigned by ISO 3166-1; write \`${meant}${text.slice(2)}\``);
  }
  if (!countryCodes.has(country) && !userAssignedCodes.has(country)) {
    return fail(`\`${country}\` is not a country code that ISO 3166-1 assigns`);
  }
  const own = subdivisionsWithOwnCode.get(text);
  if (own !== undefined) return fail(`\`${text}\` has a country code of its own; write \`${own}\``);
  if (text[2] === "-" && !isSubdivision(text)) return fail(unassigned(text));
  return ok(text as Place);
}

const subdivisions: ReadonlySet<string> = new Set(
  subdivisionLines.flatMap((line) => {
    const [country = "", ...codes] = line.split(" ");
    return codes.map((code) => `${country}-${code}`);
  }),
);

function isSubdivision(text: string): boolean {
  return subdivisions.has(text);
}

/** `DK-GL` is what people write who mean Greenland, which is not Denmark's for any law that asks. */
function unassigned(text: string): string {
  const [country = "", part = ""] = text.split("-");
  const error = `\`${text}\` is not a subdivision that ISO 3166-2 assigns`;
  return countryCodes.has(part) ? `${error}; write \`${part}\`, or \`${country}\` for the country` : error;
}

/** `DE` of `DE`, `CA` of `CA-QC`, `AE` of `AE+DIFC`. */
export function countryOf(place: Place): Place {
  return place.slice(0, 2) as Place;
}

export function exclusionOf(place: Place): Exclusion {
  return `!${place}` as Exclusion;
}

/**
 * Whether `place` is a member, or lies in a country that is one and is not excluded. A country is not covered by its
 * subdivisions. With an exclusion, the bare code of the country stands for the rest of it, which has no code of its own:
 * whoever is in the excluded part has to say so.
 */
export function includesPlace(set: PlaceSet, place: Place): boolean {
  if (set.has(place)) return true;
  const country = countryOf(place);
  return set.has(country) && !set.has(exclusionOf(place));
}

/**
 * Whether evidence of `shown` agrees with what is permitted. A country that holds a permitted subdivision is coarse
 * evidence, not contrary evidence.
 */
export function agreesWith(permitted: PlaceSet, shown: Place): boolean {
  return includesPlace(permitted, shown) || membersOf(permitted).some((place) => countryOf(place) === shown);
}

/** `AE+DIFC`: a legal order inside a country, whose law is not the country's. */
export function isLegalOrder(place: Place): boolean {
  return place[2] === "+";
}

/** The members of a set without its exclusions. */
export function membersOf(set: PlaceSet): readonly Place[] {
  return [...set].filter((member): member is Place => !member.startsWith("!"));
}

/** What lies in any of the sets. What one of them leaves out and another holds is in. */
export function unionOf(sets: readonly PlaceSet[]): PlaceSet {
  const union = new Set(sets.flatMap((set) => [...set]));
  for (const member of union) {
    const place = member.slice(1) as Place;
    if (member.startsWith("!") && sets.some((set) => includesPlace(set, place))) union.delete(member);
  }
  return union;
}

/**
 * Whether what is known only to be somewhere in `place` might lie in the set: `CA` might lie in `CA-QC`. For rules
 * that forbid, and for conditions, where a coarse place must not slip past a fine one. It does not lie in `CA+X`: a legal
 * order of its own has a code of its own, and the bare country means what is left, here as in {@link includesPlace}.
 */
export function mayLieIn(set: PlaceSet, place: Place): boolean {
  if (includesPlace(set, place)) return true;
  if (place !== countryOf(place)) return false;
  return membersOf(set).some((member) => countryOf(member) === place && !isLegalOrder(member));
}

function hintFor(text: string): string {
  const upper = text.toUpperCase();
  const country = upper.slice(0, 2);
  const corrected = (mistakenCodes.get(country) ?? country) + upper.slice(2);
  if (text !== upper && placePattern.test(corrected)) {
    return `places are written in upper case: \`${corrected}\``;
  }
  return "expected an ISO 3166 code like `DE` or `CA-QC`, or a private code like `AE+DIFC`";
}
