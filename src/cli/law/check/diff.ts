import { styleText } from "node:util";
import type { InstantMs } from "../../../base/index.ts";
import { deploymentOf } from "../../../config/index.ts";
import { diffPolicies, type FactPattern, type PolicyDiff } from "../../../law/index.ts";
import { dayOf } from "./analysis-findings.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { collect, endOf, type Horizon, horizonOption, parseAt } from "../../terminal/flags.ts";
import { requirePolicy } from "../../../cell/index.ts";
import { formatTable } from "../../terminal/table.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

interface DiffFlags {
  readonly allow: readonly string[];
  readonly at?: InstantMs;
  readonly horizon: Horizon;
  readonly json?: boolean;
}

const helpText = `
A pattern for --allow is TENANT:ENDPOINT, with * for any part of a name.

Example:
  bailiwick diff main/policy.yaml policy.yaml --allow 'demo-shop:iad-*'

Exit codes: 0 nothing is newly allowed but what --allow names, 1 something is, 2 a file cannot be read.`;

export function addDiffCommand(program: Command): void {
  program
    .command("diff")
    .description("what a new policy newly allows, refuses or transfers: requests, not lines")
    .argument("<old>", "the policy that is in force")
    .argument("<new>", "the policy that shall be")
    .option("--allow <pattern>", "what may be newly allowed; may be repeated", collect, [])
    .option("--at <date>", "compare from this date or instant (default: now)", parseAt)
    .addOption(horizonOption())
    .option("--json", "print the patterns as JSON")
    .addHelpText("after", helpText)
    .runs((terminal, old: string, young: string, flags: DiffFlags) => diff(terminal, [old, young], flags));
}

async function diff(
  terminal: Terminal,
  [old, young]: readonly [string, string],
  { allow, at, horizon, json }: DiffFlags,
): Promise<ExitCode> {
  const allowed = allow.map(readPattern);
  const fromMs = at ?? Date.now();
  const found = diffPolicies(deploymentOf(requirePolicy(old)), deploymentOf(requirePolicy(young)), {
    fromMs,
    untilMs: endOf(horizon, fromMs),
  });
  const unexpected = found.patterns.filter(
    (pattern) => pattern.kind === "newly-allowed" && !isAllowed(pattern, allowed),
  );
  if (json) await terminal.printJson({ ok: unexpected.length === 0, ...found, unexpected });
  else await terminal.print(formatDiff(found, unexpected));
  return unexpected.length === 0 ? exitCode.ok : exitCode.checkFailed;
}

interface AllowPattern {
  readonly tenant: RegExp;
  readonly endpoint: RegExp;
}

function readPattern(text: string): AllowPattern {
  const [, tenant, endpoint] = /^([a-z0-9*-]+):([a-z0-9*-]+)$/.exec(text) ?? [];
  if (tenant === undefined || endpoint === undefined) {
    throw new UnusableInputError([
      `\`--allow ${text}\`: expected TENANT:ENDPOINT, such as \`demo-shop:iad-*\``,
    ]);
  }
  return { tenant: globOf(tenant), endpoint: globOf(endpoint) };
}

function globOf(part: string): RegExp {
  return new RegExp(`^${part.replaceAll("*", "[a-z0-9-]*")}$`);
}

/** Every tenant with every endpoint must be named: a pattern is the product of its sets. */
function isAllowed({ tenants, endpoints }: FactPattern, allowed: readonly AllowPattern[]): boolean {
  return tenants.every((tenant) =>
    endpoints.every((endpoint) =>
      allowed.some((pattern) => pattern.tenant.test(tenant) && pattern.endpoint.test(endpoint)),
    ),
  );
}

export function formatDiff(diff: PolicyDiff, unexpected: readonly FactPattern[]): string {
  if (diff.patterns.length === 0) return "the policies serve the same requests in the same places";
  const rows = diff.patterns.map((pattern) => [
    unexpected.includes(pattern) ? styleText("red", pattern.kind) : pattern.kind,
    dayOf(pattern.fromMs),
    pattern.tenants.join(", "),
    `${pattern.endpoints.join(", ")}${pattern.isTransfer ? " (transfer)" : ""}`,
    claimsText(pattern.places, diff.places),
    claimsText(pattern.classes, diff.classes),
  ]);
  const verdict =
    unexpected.length === 0
      ? "nothing is newly allowed but what --allow names"
      : "something is newly allowed; read it, and name it with --allow if it is meant";
  return [formatTable(["WHAT", "FROM", "TENANT", "ENDPOINT", "CLAIMED PLACE", "CLASS"], rows), verdict].join(
    "\n\n",
  );
}

const shownClaims = 4;

/** `all` counts the claims that were tried, beside claiming nothing. */
function claimsText(claims: readonly (string | null)[], all: number): string {
  const named = claims.filter((claim) => claim !== null);
  if (named.length === 0) return "as in the contract";
  if (claims.length > all) return "any";
  const shown = [...(claims.includes(null) ? ["none"] : []), ...named].slice(0, shownClaims).join(", ");
  return claims.length > shownClaims ? `${shown} and ${claims.length - shownClaims} more` : shown;
}
