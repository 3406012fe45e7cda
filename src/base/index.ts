// What every room stands on: no idea of law, ledger or network in here.
export { fromBase64, toBase64 } from "./base64.ts";
export type {
  Brand,
  CellId,
  EndpointId,
  EntryIndex,
  ModelAlias,
  OperatorId,
  RegimeId,
  RegionName,
  RequestId,
  TenantId,
} from "./brand.ts";
export { concatBytes, decodeUtf8, encodeUtf8, equalBytes, fromHex, toHex } from "./bytes.ts";
export { canonicalJson, canonicalString, type Json } from "./canonical-json.ts";
export { certificateExtensions, contentOf, elementsIn } from "./der.ts";
export { countryCodes, userAssignedCodes } from "./iso-3166.ts";
export {
  elapsedMs,
  type InstantMs,
  later,
  type MonotonicClock,
  type MonotonicMs,
  settled,
  type SettledMs,
  type WallClock,
} from "./clock.ts";
export { dayMs, formatDay, formatInstant, formatMonth, lastInstantMs, parseInstant } from "./instant.ts";
export { isObject, parseJson } from "./json-value.ts";
export {
  agreesWith,
  countryOf,
  type Exclusion,
  exclusionOf,
  includesPlace,
  isLegalOrder,
  mayLieIn,
  membersOf,
  parsePlace,
  type Place,
  type PlaceSet,
  unionOf,
} from "./place.ts";
export { fail, ok, type Result, unreachable } from "./result.ts";
export { compareText } from "./text-order.ts";
export { type UtcOffsets, utcOffsetsOf } from "./utc-offset.ts";
export { zones } from "./zone.ts";
