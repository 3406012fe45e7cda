/** A string or number that only its own parser hands out, so that one kind of id cannot stand in for another. */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };

export type CellId = Brand<string, "CellId">;
export type EndpointId = Brand<string, "EndpointId">;
export type OperatorId = Brand<string, "OperatorId">;
export type TenantId = Brand<string, "TenantId">;
export type RegimeId = Brand<string, "RegimeId">;
/** What a provider calls a region of its own: up to 32 lower-case letters, digits and `-`. */
export type RegionName = Brand<string, "RegionName">;
export type ModelAlias = Brand<string, "ModelAlias">;
/** Random 128 bits in lower-case hex, made by the gateway for each request. */
export type RequestId = Brand<string, "RequestId">;
/** The position of an entry in its log, counted from 0. */
export type EntryIndex = Brand<number, "EntryIndex">;
