// Owner: whoever opened it; it is read only.
// A MaxMind DB of countries that the operator supplies: where an address is registered, which is not where a person is.
import { isIPv6 } from "node:net";
import { Reader, type Response } from "mmdb-lib";
import { parsePlace, type Place } from "../../base/index.ts";

export interface GeoIp {
  /** Null where the database says nothing, or nothing that is a country. Throws {@link GeoIpError}. */
  placeOf(address: string): Place | null;
}

/** One that was read from a file. */
export interface FileGeoIp extends GeoIp {
  /** From which another thread opens the same. */
  readonly bytes: Uint8Array;
}

/** The file is not what it should be. */
export class GeoIpError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "GeoIpError";
  }
}

/**
 * Throws {@link GeoIpError} for what is no MaxMind DB. The format has no checksum, so beside its metadata one address of
 * every /8 is read; a fault that only shows later refuses the request that meets it.
 */
export function openGeoIp(read: Uint8Array): FileGeoIp {
  const bytes = Buffer.from(read);
  const reader = readable("it is not a MaxMind DB", () => new Reader(bytes));
  checkMetadata(reader.metadata, bytes.length);
  const geoIp: FileGeoIp = {
    bytes,
    placeOf(address) {
      // The tree of a database for IPv4 would take the first bits of an IPv6 address for an IPv4 one.
      if (isIPv6(address) && reader.metadata.ipVersion === 4) return null;
      return placeIn(readable("it is damaged", (): unknown => reader.get(address)));
    },
  };
  for (let block = 0; block < 256; block++) geoIp.placeOf(`${block}.0.0.0`);
  return geoIp;
}

type Metadata = Reader<Response>["metadata"];

function checkMetadata({ nodeCount, ipVersion, searchTreeSize }: Metadata, size: number): void {
  const isWhole = Number.isInteger(nodeCount) && nodeCount > 0 && searchTreeSize + 16 < size;
  if (!isWhole || (ipVersion !== 4 && ipVersion !== 6)) {
    throw new GeoIpError("its metadata does not fit its size; fetch it again");
  }
}

function readable<Value>(fault: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw new GeoIpError(`${fault}; fetch it again`, { cause });
  }
}

/** As MaxMind and DB-IP (`country.iso_code`), IPinfo (`country`) and ip-location-db (`country_code`) write it. */
function placeIn(record: unknown): Place | null {
  const country = memberOf(record, "country");
  const code = [memberOf(country, "iso_code"), country, memberOf(record, "country_code")].find(
    (candidate) => typeof candidate === "string",
  );
  const place = typeof code === "string" ? parsePlace(code) : null;
  return place?.ok ? place.value : null;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
