import { fail, ok, type Result } from "../../base/index.ts";
import { type Claim, type DataClass, dataClasses } from "../../law/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Caller } from "../key-ring.ts";
import { invalidSignal, readSignals } from "../signal-list.ts";

const header = "bailiwick-class";

/** What kind of data it is, by every claim. A header adds to the tenant's and the key's classes, never takes away. */
export function classify(exchange: Exchange, { tenant, key }: Caller): readonly Claim<DataClass>[] {
  const fromHeader = readSignals(exchange, header, parseDataClass);
  if (fromHeader.includes("non-personal") && fromHeader.some((value) => value !== "non-personal")) {
    throw invalidSignal(header, "`non-personal` contradicts the other values; send one or the other");
  }
  return [
    ...tenant.classes.map((value) => ({ value, basis: "tenant-contract" as const })),
    ...key.classes.map((value) => ({ value, basis: "key-binding" as const })),
    ...fromHeader.map((value) => ({ value, basis: "header" as const })),
  ];
}

function parseDataClass(text: string): Result<DataClass, string> {
  const found = dataClasses.find((known) => known === text);
  return found ? ok(found) : fail(`not a data class; expected one of \`${dataClasses.join("`, `")}\``);
}
