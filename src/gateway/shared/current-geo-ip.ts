// Owner: whoever opened it. The country file that counts now: a new one takes the place of the old when it can be read.
import type { FileGeoIp } from "./geo-ip.ts";

export interface CurrentGeoIp extends FileGeoIp {
  /** Reads the file again. Throws what `open` throws, and then the last good one goes on. */
  renew(): void;
}

/** Throws what `open` throws. */
export function keepGeoIp(open: () => FileGeoIp): CurrentGeoIp {
  let current = open();
  return {
    get bytes() {
      return current.bytes;
    },
    placeOf: (address) => current.placeOf(address),
    renew: () => void (current = open()),
  };
}
