import type { InstantMs } from "../base/index.ts";
import type { Finding } from "../config/index.ts";
import { checkLaw } from "../law/index.ts";
import { deadEnds } from "./dead-ends.ts";
import { readText } from "./file-text.ts";
import { readPolicy } from "./policy-file.ts";
import { positionOf } from "./yaml-position.ts";

export interface CheckFinding {
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
}

/** The file against its schema and itself, then its law against itself, then each tenant against the law at `nowMs`. */
export function checkPolicy(file: string, nowMs: InstantMs): CheckedPolicy {
  const result = readPolicy(file);
  if (!result.ok) return { policyHash: null, findings: result.error.map(fromConfig) };
  const { law, warnings } = result.value;
  const text = readText("policy", file);
  const locate = ({ path, ...rest }: Located): CheckFinding => ({
    ...rest,
    ...positionOf(text, path.replace(/^mechanisms\./, "law.mechanisms.").split(".")),
    file,
    path,
    hint: null,
  });
  return {
    policyHash: law.hash,
    findings: [
      ...warnings.map(fromConfig),
      ...checkLaw(law, nowMs).map(locate),
      ...deadEnds(result.value, nowMs).map((end) => locate({ ...end, severity: "warning" })),
    ],
  };
}

type Located = Pick<CheckFinding, "severity" | "path" | "message">;

function fromConfig({ found, expected, ...rest }: Finding): CheckFinding {
  return { ...rest, message: `found ${found}, expected ${expected}` };
}
