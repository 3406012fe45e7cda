// One policy test: the facts are decided as a cell decides them, and held against what was expected.
import type { InstantMs } from "../../../base/index.ts";
import type { Expectation, PolicyTest } from "../../../config/index.ts";
import type { FactSession } from "./fact-session.ts";
import { type Decided, type DecidedEndpoint, decideRequest } from "./decided.ts";
import { listOf } from "../../terminal/quoted-list.ts";

/** What is not as expected; nothing when the test passes. Throws an `UnusableInputError` for facts that cannot be asked. */
export function runPolicyTest(
  session: FactSession,
  { facts, expect }: PolicyTest,
  nowMs: InstantMs,
): readonly string[] {
  const decided = decideRequest(session(facts), nowMs);
  return [
    ...differingVerdict(decided, expect),
    ...differingOrder(decided, expect),
    ...absent("refused by", expect["refused-by"], rulesThatBlock(decided)),
    ...absent("missing", expect.missing, [
      ...decided.missing,
      ...decided.endpoints.flatMap(({ missing }) => missing),
    ]),
    ...Object.entries(expect.endpoints ?? {}).flatMap((expected) => differingEndpoint(decided, expected)),
  ];
}

function differingVerdict({ outcome, missing }: Decided, { verdict }: Expectation): readonly string[] {
  if (verdict === undefined || verdict === outcome) return [];
  const reason = missing.length > 0 ? ` (not known: ${missing.join(", ")})` : "";
  return [`the verdict is \`${outcome}\`${reason}, expected \`${verdict}\``];
}

function differingOrder({ served }: Decided, { served: expected }: Expectation): readonly string[] {
  if (expected === undefined) return [];
  const order: readonly string[] = Array.from(new Set(served.flatMap(({ endpoints }) => endpoints)));
  if (order.length === expected.length && order.every((id, index) => id === expected[index])) return [];
  return [`served by ${listOf(order)}, expected ${listOf(expected)}`];
}

function rulesThatBlock({ endpoints }: Decided): readonly string[] {
  const blocked = endpoints.filter(({ isPermitted }) => !isPermitted);
  return Array.from(new Set(blocked.flatMap(reasonsFor).map(({ rule }) => rule)));
}

function reasonsFor({ because, becauseOfCell }: DecidedEndpoint): DecidedEndpoint["because"] {
  return [...because, ...becauseOfCell];
}

function absent(
  what: string,
  expected: readonly string[] | undefined,
  found: readonly string[],
): readonly string[] {
  const lacking = (expected ?? []).filter((each) => !found.includes(each));
  return lacking.length > 0 ? [`${what} ${listOf(new Set(found))}, expected ${listOf(lacking)} too`] : [];
}

type ExpectedEndpoint = NonNullable<Expectation["endpoints"]>[string];

function differingEndpoint(decided: Decided, [id, expected]: [string, ExpectedEndpoint]): readonly string[] {
  const found = decided.endpoints.find(({ endpoint }) => endpoint === id);
  if (found === undefined) return [`endpoint \`${id}\` is not in the policy`];
  const because = reasonsFor(found);
  if (found.verdict !== expected.verdict || found.isPermitted !== (expected.permitted ?? found.isPermitted)) {
    const reasons = because.map(({ rule, reason }) => `${rule}: ${reason}`).join("; ");
    return [
      `\`${id}\` is ${verdictWords(found.verdict, found.isPermitted)} (${reasons}), expected ${verdictWords(expected.verdict, expected.permitted)}`,
    ];
  }
  const rules = because.filter(({ rule }) => expected.rule === undefined || rule === expected.rule);
  const isSaid = rules.some(
    ({ article }) => expected.article === undefined || article.includes(expected.article),
  );
  const isNamed = expected.rule === undefined && expected.article === undefined;
  const tools = [...found.with.map(({ instrument }) => instrument ?? ""), ...found.contracts];
  const needs = found.needs.flat(2).map((need) => need.name);
  return [
    ...(isNamed || isSaid
      ? []
      : [`\`${id}\` is judged by ${sayings(because)}, expected ${sayings([expected])}`]),
    ...absent(`\`${id}\` needs`, expected.needs, needs),
    ...absent(`\`${id}\` rests on`, expected.with === undefined ? [] : [expected.with], tools),
  ];
}

function verdictWords(verdict: string, isPermitted: boolean | undefined): string {
  return isPermitted === undefined
    ? `\`${verdict}\``
    : `\`${verdict}\`, ${isPermitted ? "" : "not "}permitted`;
}

function sayings(
  rules: readonly { readonly rule?: string | undefined; readonly article?: string | undefined }[],
): string {
  return listOf(rules.map(({ rule, article }) => [rule, article].filter(Boolean).join(" ")));
}
