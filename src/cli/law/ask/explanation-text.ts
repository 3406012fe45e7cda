import { styleText } from "node:util";
import { formatInstant } from "../../../base/index.ts";
import type { Claim } from "../../../law/index.ts";
import type { DecidedEndpoint } from "./decided.ts";
import type { Explanation } from "./explanation.ts";
import { formatNeeds } from "./needs-text.ts";
import type { Served } from "./served.ts";
import { formatTable } from "../../terminal/table.ts";
import { wrap } from "../../terminal/wrap.ts";

/** Conclusion first, then what it rests on: facts, the verdict on each endpoint and why, and which laws were asked. */
export function formatExplanation(explanation: Explanation): string {
  return [
    formatOutcome(explanation),
    formatFacts(explanation),
    ...alike(explanation.endpoints).map(formatEndpoints),
    formatRegimes(explanation),
  ].join("\n\n");
}

function formatOutcome(explanation: Explanation): string {
  const { facts, outcome, missing, cells, served, obligations, derivation } = explanation;
  if (outcome !== "permit") {
    const unknown = missing.length > 0 ? `; not known: ${missing.join(", ")}` : "";
    return styleText("red", wrap(`refused: ${outcome}${unknown}`, 2));
  }
  const until = derivation.expiresAtMs === null ? "" : `, until ${formatInstant(derivation.expiresAtMs)}`;
  const asked = facts.receivingCell;
  return [
    styleText("green", `permitted in ${cells.join(", ")}${until}`),
    ...(asked !== null && !cells.some((cell) => cell === asked)
      ? [`${asked} may not receive it: it would answer 421 with the URL of ${cells[0]}`]
      : []),
    ...served.map(({ cell, model, mode, preferences }) => {
      const order = preferences.map(formatPreference).join(", then ") || "no lawful endpoint serves it";
      return wrap(`${cell}, model ${model} (${mode}): ${order}`, 2);
    }),
    ...(obligations.length > 0 ? [wrap(`obligations: ${obligations.join(", ")}`, 2)] : []),
    ...assumptions(explanation),
  ].join("\n");
}

/** What nobody has written is not told. */
function formatPreference({ endpoint, order, weight }: Served["preferences"][number]): string {
  const stated = [...(order > 1 ? [`order ${order}`] : []), ...(weight === null ? [] : [`weight ${weight}`])];
  return stated.length > 0 ? `${endpoint} (${stated.join(", ")})` : endpoint;
}

/** Whoever relies on the answer must know what nobody has said. */
function assumptions({ endpoints }: Explanation): readonly string[] {
  const assumed = new Set(
    endpoints.filter(({ isPermitted }) => isPermitted).flatMap(({ assumes }) => assumes),
  );
  if (assumed.size === 0) return [];
  return [wrap(`assumed, because the policy does not say: ${[...assumed].join(", ")}`, 2)];
}

function formatFacts({ facts, derivation }: Explanation): string {
  const rows: readonly (readonly [string, string])[] = [
    ["tenant", facts.tenant ?? ""],
    ["controller", facts.controllerPlaces.join(", ")],
    ["subject", formatClaims(facts.subjectPlaces)],
    ["citizenship", formatClaims(facts.subjectCitizenships)],
    ["targets", facts.attested.targets?.join(", ") ?? ""],
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

/** Endpoints of which the same is said are said it once. */
function alike(endpoints: readonly DecidedEndpoint[]): readonly (readonly DecidedEndpoint[])[] {
  return [...Map.groupBy(endpoints, ({ endpoint: _name, ...said }) => JSON.stringify(said)).values()];
}

function formatEndpoints(endpoints: readonly DecidedEndpoint[]): string {
  const [first] = endpoints;
  if (first === undefined) return "";
  const { cell, because, becauseOfCell, needs } = first;
  const own = because.map(formatReason);
  const others = becauseOfCell.map(formatReason).filter((reason) => !own.includes(reason));
  const names = endpoints.map(({ endpoint }) => endpoint).join(", ");
  return [
    `${names}  ${headline(first)}`,
    ...own,
    ...(others.length > 0 ? [`  of the cell ${cell}:`, ...others] : []),
    ...formatNeeds(needs),
  ].join("\n");
}

function headline({ verdict, isPermitted, with: tools, contracts }: DecidedEndpoint): string {
  const rests = [...tools.map(({ instrument }) => instrument), ...contracts].join(", ");
  if (isPermitted) return styleText("green", `permitted: ${rests === "" ? verdict : `${verdict} ${rests}`}`);
  const wish = verdict === "lawful" ? ", but not what the tenant requires" : "";
  return styleText("red", `not permitted: ${verdict}${wish}`);
}

function formatReason({ rule, article, reason }: DecidedEndpoint["because"][number]): string {
  return wrap(`    ${rule}: ${reason} (${article})`, 6);
}

function formatRegimes({ derivation }: Explanation): string {
  const named = (applies: string): string =>
    derivation.regimes
      .filter((each) => each.applies === applies)
      .map(({ regime }) => regime)
      .join(", ") || "none";
  const applying = derivation.regimes.filter(({ applies }) => applies === "yes");
  return [
    "laws that apply:",
    ...applying.map(({ regime, because }) => wrap(`    ${regime}: ${because.join("; ") || "always"}`, 6)),
    wrap(`asked of each operator: ${named("by-operator")}`, 4),
    wrap(`do not apply: ${named("no")}`, 4),
  ].join("\n");
}
