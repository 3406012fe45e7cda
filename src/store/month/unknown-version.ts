import { parseEntry } from "../../ledger/index.ts";

/** The log was continued by a newer release. Whoever went on in an older version would make it a faulty one. */
export class UnknownVersionError extends Error {
  constructor(log: string) {
    super(
      `\`${log}\` holds entries of a version that this release does not know; start the newer release that wrote them, ` +
        "or one after it",
    );
    this.name = "UnknownVersionError";
  }
}

/** Versions never go down in a log, so its last entry tells; null where it has none. */
export function refuseUnknownVersion(log: string, last: Uint8Array | null): void {
  const entry = last === null ? null : parseEntry(last);
  if (entry?.ok === false && entry.error.kind === "unknown_version") throw new UnknownVersionError(log);
}
