import { parse } from "yaml";
import { isObject } from "../../../base/index.ts";
import { type Confidence, confidences } from "../../../law/index.ts";

/**
 * Confidence of the single rules of a pack's text that say one of their own, by the name of a tool or a contract, a decision's
 * instrument, or the article of a limit on operators.
 */
export function ruleConfidences(text: string): ReadonlyMap<string, Confidence> {
  const pack: unknown = parse(text, { schema: "failsafe" });
  if (!isObject(pack)) return new Map();
  const mechanisms = Object.entries(isObject(pack["mechanisms"]) ? pack["mechanisms"] : {});
  const rules = [
    ...mechanisms,
    ...listOf(pack["free_destinations"]).map((each): [string, unknown] => [instrumentOf(each), each]),
    ...listOf(pack["contracts"]).map((each): [string, unknown] => [contractName(each), each]),
    ...listOf(pack["operator_constraints"]).map((each): [string, unknown] => [textAt(each, "article"), each]),
  ];
  return new Map(
    rules.flatMap(([name, rule]): [string, Confidence][] => {
      const found = confidences.find((each) => isObject(rule) && rule["confidence"] === each);
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

/** One contract may be asked for by several articles, each read in another way. */
export function contractName(rule: unknown): string {
  return `${textAt(rule, "contract")} (${textAt(rule, "article")})`;
}

/** As the law room names it: with its scope behind it. */
function instrumentOf(destination: unknown): string {
  const [instrument, scope] = [textAt(destination, "instrument"), textAt(destination, "scope")];
  return scope === "" ? instrument : `${instrument} (${scope})`;
}

function textAt(rule: unknown, key: string): string {
  const text = isObject(rule) ? rule[key] : null;
  return typeof text === "string" ? text : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
