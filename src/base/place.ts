import type { Brand } from "./brand.ts";
import { countryCodes, mistakenCodes } from "./iso-3166.ts";
import { fail, ok, type Result } from "./result.ts";

/**
 * A jurisdiction: an ISO 3166-1 country (`DE`), an ISO 3166-2 subdivision (`CA-QC`), or a private code for a legal
 * order inside a country (`AE+DIFC`).
 */
export type Place = Brand<string, "Place">;

/** Places named one by one. A country in the set stands for its subdivisions and private codes too. */
export type PlaceSet = ReadonlySet<Place>;

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
  if (!countryCodes.has(country)) {
    return fail(`\`${country}\` is not a country code that ISO 3166-1 assigns`);
  }
  return ok(text as Place);
}

/** `DE` of `DE`, `CA` of `CA-QC`, `AE` of `AE+DIFC`. */
export function countryOf(place: Place): Place {
  return place.slice(0, 2) as Place;
}

/** Whether `place` is a member, or lies in a country that is one. A country is not covered by its subdivisions. */
export function includesPlace(set: PlaceSet, place: Place): boolean {
  return set.has(place) || set.has(countryOf(place));
}

function hintFor(text: string): string {
  const upper = text.toUpperCase();
  const corrected = mistakenCodes.get(upper.slice(0, 2)) ?? upper;
  if (text !== upper && placePattern.test(corrected))
    return `places are written in upper case: \`${corrected}\``;
  return "expected an ISO 3166 code like `DE` or `CA-QC`, or a private code like `AE+DIFC`";
}
