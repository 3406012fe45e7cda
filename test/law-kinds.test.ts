// Kinds of mistake that a reading of the law can make, each with small cases from several countries: the real packs, the real
// parser, and the answer that `decide` gives. A file of test/testdata/law-kinds/ is one kind.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { decideRequest, type DecidedEndpoint } from "../src/cli/law/ask/decided.ts";
import { openFactSession } from "../src/cli/law/ask/fact-session.ts";
import { UnusableInputError } from "../src/disk/index.ts";

interface Case {
  readonly words: string;
  readonly packs: readonly string[];
  /** Members of policy entries. Who runs an endpoint is an operator of its own unless it names one. */
  readonly operators?: Readonly<Record<string, object>>;
  readonly endpoints: Readonly<
    Record<string, { readonly operator?: string; readonly place: string | readonly string[] }>
  >;
  readonly mechanisms?: Readonly<Record<string, object>>;
  readonly accepts?: Readonly<Record<string, object>>;
  readonly tenant: { readonly established: string | readonly string[] };
  /** Facts beside the tenant's contract. */
  readonly facts?: object;
  readonly at: string;
  /**
   * Of each endpoint `lawful`, `unlawful`, `unknown`, `with NAME, …`: permitted, and resting on these, or `needs NAME, …`:
   * not permitted, and lawful with these.
   */
  readonly expect?: Readonly<Record<string, string>>;
  /** Facts and laws that are missing. */
  readonly missing?: readonly string[];
  /** What the policy's reader must hear instead. */
  readonly error?: string;
}

const folder = join(import.meta.dirname, "testdata/law-kinds");

for (const file of globSync("*.yaml", { cwd: folder }).toSorted()) {
  const cases = parse(readFileSync(join(folder, file), "utf8"), { schema: "failsafe" }) as readonly Case[];
  for (const given of cases) test(`${basename(file, ".yaml")}: ${given.words}`, () => check(given));

  test(`${basename(file, ".yaml")}: four cases at least`, () => assert.ok(cases.length >= 4));
}

function check(given: Case): void {
  if (given.error !== undefined) return checkError(given, given.error);
  const decided = decide(given);
  assert.deepEqual(decided.missing, given.missing ?? []);
  const found = decided.endpoints.map((each) => [
    each.endpoint,
    saying(each, given.expect?.[each.endpoint] ?? ""),
  ]);
  assert.deepEqual(Object.fromEntries(found), given.expect ?? {}, JSON.stringify(decided.endpoints, null, 1));
}

function checkError(given: Case, error: string): void {
  assert.throws(
    () => decide(given),
    (thrown) => thrown instanceof UnusableInputError && thrown.lines.join("\n").includes(error),
  );
}

/** What is expected where it is so, and otherwise what is. */
function saying(
  { verdict, isPermitted, with: tools, contracts, needs }: DecidedEndpoint,
  expected: string,
): string {
  const named = expected.replace(/^(with|needs) /, "").split(", ");
  const rests = [...tools.map(({ instrument }) => instrument), ...contracts];
  if (verdict === "lawful-only-with" && isPermitted) {
    return named.every((each) => rests.includes(each)) ? expected : `with ${rests.join(", ")}`;
  }
  if (verdict !== "lawful-only-with")
    return isPermitted === (verdict === "lawful") ? verdict : `${verdict}, and a wish`;
  const names = needs.flat(2).map(({ name }) => name);
  return named.every((each) => names.includes(each)) ? expected : `needs ${names.join(", ")}`;
}

function decide(given: Case): ReturnType<typeof decideRequest> {
  const session = openFactSession({
    text: JSON.stringify(policyOf(given)),
    file: "policy",
    directory: folder,
  });
  const facts = JSON.stringify({ tenant: "t", at: given.at, ...given.facts });
  return decideRequest(session(facts), Number.NaN);
}

function policyOf({ packs, operators = {}, endpoints, mechanisms = {}, accepts = {}, tenant }: Case): object {
  const home = [tenant.established].flat()[0];
  const own = Object.entries(endpoints).flatMap(([id, { operator, place }]) =>
    operator === undefined ? [[id, { home: [place].flat()[0] }] as const] : [],
  );
  const cell = { place: home, url: "https://cell.example", operator: "router", "retention-days": 0 };
  const sited = Object.entries(endpoints).map(([id, endpoint]) => [
    id,
    {
      cell: "cell",
      engine: "openai-compatible",
      url: `http://${id}.example`,
      operator: id,
      ...numbers(endpoint),
    },
  ]);
  return {
    bailiwick: 1,
    deployment: "kinds.example",
    law: { packs, mechanisms, accepts },
    operators: { router: { home }, ...Object.fromEntries(own), ...numbers(operators) },
    cells: { cell },
    endpoints: Object.fromEntries(sited) as object,
    models: { m: { "served-by": Object.fromEntries(Object.keys(endpoints).map((id) => [id, "m"])) } },
    tenants: { t: numbers(tenant) },
  };
}

/** The files are read as text, so that `NO` is Norway: numbers and truth values are put back where the policy wants them. */
function numbers<Value>(value: Value): Value {
  return plain(value) as Value;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}
