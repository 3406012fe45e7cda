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
  RequestId,
  TenantId,
} from "./brand.ts";
export { concatBytes, decodeUtf8, encodeUtf8, equalBytes, fromHex, toHex } from "./bytes.ts";
export { canonicalJson, type Json } from "./canonical-json.ts";
export { countryCodes, userAssignedCodes } from "./iso-3166.ts";
export { formatInstant, type InstantMs, parseInstant } from "./instant.ts";
export {
  countryOf,
  type Exclusion,
  exclusionOf,
  includesPlace,
  mayLieIn,
  membersOf,
  parsePlace,
  type Place,
  type PlaceSet,
  unionOf,
} from "./place.ts";
export { fail, ok, type Result, unreachable } from "./result.ts";
export { zones } from "./zone.ts";
