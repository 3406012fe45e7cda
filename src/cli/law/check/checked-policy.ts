import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { deploymentOf, type Finding, type Policy } from "../../../config/index.ts";
import {
  checkLaw,
  type CheckOptions,
  checkPolicy,
  type CheckReport,
  type Regime,
} from "../../../law/index.ts";
import { analysisFindings, type FindingRule } from "./analysis-findings.ts";
import { deadEnds } from "./dead-ends.ts";
import { readPacks, readPolicy, readText } from "../../../cell/index.ts";
import { coverFindings } from "./cover-findings.ts";
import { startProgress } from "../../terminal/progress.ts";
import { positionOf } from "../ask/yaml-position.ts";
import type { Terminal } from "../../terminal/terminal.ts";

export interface CheckFinding {
  readonly rule: FindingRule;
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface CheckedPolicy {
  /** Null when the policy cannot be used. */
  readonly policyHash: string | null;
  readonly findings: readonly CheckFinding[];
  /** What was proved; null when the policy cannot be used. */
  readonly report: CheckReport | null;
}

/** Checks the file against its schema and itself, then its law against itself, then every request against the law. */
export async function checkPolicyFile(
  terminal: Terminal,
  file: string,
  options: CheckOptions,
): Promise<CheckedPolicy> {
  const result = readPolicy(file);
  if (!result.ok) return { policyHash: null, findings: result.error.map(fromConfig), report: null };
  const { law, warnings } = result.value;
  const text = readText("policy", file);
  const locate = ({ path, ...rest }: Located): CheckFinding => ({
    ...rest,
    ...positionOf(text, path.replace(/^mechanisms\./, "law.mechanisms.").split(".")),
    file,
    path,
    hint: null,
  });
  const report = await prove(terminal, result.value, options);
  return {
    policyHash: law.hash,
    findings: [
      ...warnings.map(fromConfig),
      ...checkLaw(law, options.fromMs).map((found) => locate({ ...found, rule: "law" })),
      ...coverFindings(result.value, () => packsBeside(file), options.fromMs).map(locate),
      ...deadEnds(result.value, options.fromMs).map((end) =>
        locate({ ...end, rule: "dead-end", severity: "warning" }),
      ),
      ...analysisFindings(report).map(locate),
    ],
    report,
  };
}

function packsBeside(file: string): readonly Regime[] {
  return readPacks(dirname(file)).map(({ regime }) => regime);
}

type Located = Pick<CheckFinding, "rule" | "severity" | "path" | "message">;

async function prove(terminal: Terminal, policy: Policy, options: CheckOptions): Promise<CheckReport> {
  const walk = checkPolicy(deploymentOf(policy), options);
  const progress = startProgress(terminal, "checking");
  try {
    for (;;) {
      const step = walk.next();
      if (step.done) return step.value;
      progress.update(step.value.tenantsDone, step.value.tenants);
      // The event loop gets a turn, so that Ctrl+C is heard.
      await setImmediate();
    }
  } finally {
    progress.end();
  }
}

function fromConfig({ found, expected, ...rest }: Finding): CheckFinding {
  return { ...rest, rule: "config", message: `found ${found}, expected ${expected}` };
}
