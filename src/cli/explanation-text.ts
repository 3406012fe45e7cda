import { styleText } from "node:util";
import { formatInstant } from "../base/index.ts";
import type { Claim, Derivation } from "../law/index.ts";
import type { Explanation } from "./explanation.ts";
import { formatTable } from "./table.ts";

type Target = Derivation["cells"][number] | Derivation["endpoints"][number];

/** The derivation as a reader follows it: facts, which laws apply, what each says of each target, what is served. */
export function formatExplanation(explanation: Explanation): string {
  const { derivation } = explanation;
  return [
    formatFacts(explanation),
    formatTable(
      ["REGIME", "APPLIES", "BECAUSE"],
      derivation.regimes.map(({ regime, applies, because }) => [regime, applies, because.join("; ")]),
    ),
    formatVerdicts("CELL", derivation.cells, derivation.missing),
    formatVerdicts("ENDPOINT", derivation.endpoints, derivation.missing),
    formatOutcome(explanation),
  ].join("\n\n");
}

function formatFacts({ facts, derivation }: Explanation): string {
  const rows: readonly (readonly [string, string])[] = [
    ["tenant", facts.tenant ?? ""],
    ["controller", facts.controllerPlaces.join(", ")],
    ["subject", formatClaims(facts.subjectPlaces)],
    ["citizenship", formatClaims(facts.subjectCitizenships)],
    ["sector", facts.sector ?? ""],
    ["class", formatClaims(facts.classes)],
    ["requires", facts.requirements.map(({ level, zone }) => `${level} in ${zone}`).join(", ")],
    ["at", formatInstant(derivation.nowMs)],
    ["policy", derivation.policyHash],
  ];
  return formatTable(
    ["FACT", "VALUE"],
    rows.filter(([, value]) => value !== ""),
  );
}

function formatClaims(claims: readonly Claim<string>[]): string {
  return claims.map(({ value, basis }) => `${value} (${basis})`).join(", ");
}

function formatVerdicts(kind: string, targets: readonly Target[], missing: readonly string[]): string {
  const isKnown = missing.length === 0;
  return formatTable(
    [kind, "IS", "RULE SAYS", "RULE", "REASON", "ARTICLE"],
    targets.flatMap((target) => verdictRows(target, isKnown)),
  );
}

/** Where a fact is missing, no verdict that passes means anything yet. */
function verdictRows({ id, isLawful, verdicts }: Target, isKnown: boolean): readonly (readonly string[])[] {
  const is = isKnown || !isLawful ? word(isLawful, "lawful", "unlawful") : "unknown";
  if (verdicts.length === 0) return [[id, is, "", "", "no rule that is known applies", ""]];
  return verdicts.map(({ rule, article, passes, reason, tried }, index) => [
    ...(index === 0 ? [id, is] : ["", ""]),
    word(passes, "passes", "blocks"),
    rule,
    [reason, ...tried].join("; "),
    article,
  ]);
}

function word(isGood: boolean, good: string, bad: string): string {
  return isGood ? styleText("green", good) : styleText("red", bad);
}

function formatOutcome(explanation: Explanation): string {
  const { facts, outcome, missing, cells, served, obligations, derivation } = explanation;
  if (outcome !== "permit") {
    const unknown = missing.length > 0 ? `; not known: ${missing.join(", ")}` : "";
    return styleText("red", `refused: ${outcome}${unknown}`);
  }
  const until = derivation.expiresAtMs === null ? "" : `, until ${formatInstant(derivation.expiresAtMs)}`;
  const asked = facts.receivingCell;
  return [
    styleText("green", `permitted in ${cells.join(", ")}${until}`),
    ...(asked !== null && !cells.some((cell) => cell === asked)
      ? [`${asked} may not receive it: it would answer 421 with the URL of ${cells[0]}`]
      : []),
    ...served.map(({ cell, model, mode, endpoints }) => {
      const order = endpoints.length > 0 ? endpoints.join(", then ") : "no lawful endpoint serves it";
      return `${cell}, model ${model} (${mode}): ${order}`;
    }),
    ...(obligations.length > 0 ? [`obligations: ${obligations.join(", ")}`] : []),
  ].join("\n");
}
