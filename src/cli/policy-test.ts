// One policy test: the facts are decided as a cell decides them, and held against what was expected.
import type { Expectation, PolicyTest } from "../config/index.ts";
import type { Court } from "./court.ts";
import { type Decided, decideRequest } from "./decided.ts";
import { listOf } from "./quoted-list.ts";

/** What is not as expected; nothing when the test passes. Throws an `UnusableInputError` for facts that cannot be asked. */
export function runPolicyTest(court: Court, { facts, expect }: PolicyTest, nowMs: number): readonly string[] {
  const decided = decideRequest(court(facts), nowMs);
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
  const blocked = endpoints.filter(({ verdict }) => verdict === "unlawful");
  return Array.from(new Set(blocked.flatMap(({ because }) => because.map(({ rule }) => rule))));
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
  if (found.verdict !== expected.verdict) {
    const reasons = found.because.map(({ rule, reason }) => `${rule}: ${reason}`).join("; ");
    return [`\`${id}\` is \`${found.verdict}\` (${reasons}), expected \`${expected.verdict}\``];
  }
  const rules = found.because.filter(({ rule }) => expected.rule === undefined || rule === expected.rule);
  const isSaid = rules.some(
    ({ article }) => expected.article === undefined || article.includes(expected.article),
  );
  const isNamed = expected.rule === undefined && expected.article === undefined;
  const tools = found.with.map(({ instrument }) => instrument ?? "");
  return [
    ...(isNamed || isSaid
      ? []
      : [`\`${id}\` is judged by ${sayings(found.because)}, expected ${sayings([expected])}`]),
    ...absent(`\`${id}\` rests on`, expected.with === undefined ? [] : [expected.with], tools),
  ];
}

function sayings(
  rules: readonly { readonly rule?: string | undefined; readonly article?: string | undefined }[],
): string {
  return listOf(rules.map(({ rule, article }) => [rule, article].filter(Boolean).join(" ")));
}
