import { fail, ok, type Result } from "../../base/index.ts";
import { type DataClass, dataClasses } from "../../law/index.ts";

export function parseDataClass(text: string): Result<DataClass, string> {
  const found = dataClasses.find((known) => known === text);
  return found ? ok(found) : fail(`not a data class; expected one of \`${dataClasses.join("`, `")}\``);
}

/** One signal that says `non-personal` and something else says nothing that can be relied on. Null: it does not. */
export function contradictionIn(classes: readonly DataClass[]): string | null {
  if (!classes.includes("non-personal") || classes.every((value) => value === "non-personal")) return null;
  return "`non-personal` contradicts the other values; send one or the other";
}
