import { fail, ok, type Result } from "../../base/index.ts";
import { claimed, keyClaims } from "../../config/index.ts";
import { type Claim, type DataClass, dataClasses } from "../../law/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Caller } from "../key-ring.ts";
import { invalidSignal, readSignals } from "../signal-list.ts";

const header = "bailiwick-class";

/** What kind of data it is, by every claim beside the tenant's contract. A claim adds a class, it never takes one away. */
export function classify(exchange: Exchange, { key }: Caller): readonly Claim<DataClass>[] {
  const fromHeader = readSignals(exchange, header, parseDataClass);
  if (fromHeader.includes("non-personal") && fromHeader.some((value) => value !== "non-personal")) {
    throw invalidSignal(header, "`non-personal` contradicts the other values; send one or the other");
  }
  return [...keyClaims(key).classes, ...claimed(fromHeader, "header")];
}

function parseDataClass(text: string): Result<DataClass, string> {
  const found = dataClasses.find((known) => known === text);
  return found ? ok(found) : fail(`not a data class; expected one of \`${dataClasses.join("`, `")}\``);
}
