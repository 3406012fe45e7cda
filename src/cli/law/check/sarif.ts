// Findings for code review, in SARIF 2.1.0 (OASIS Standard of 27 March 2020).
import { findingRules } from "./analysis-findings.ts";
import type { CheckFinding } from "./checked-policy.ts";
import { version } from "../../../cell/index.ts";

export function sarifOf(findings: readonly CheckFinding[]): object {
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "bailiwick",
            semanticVersion: version,
            rules: Object.entries(findingRules).map(([id, text]) => ({ id, shortDescription: { text } })),
          },
        },
        // §3.14.17: what a region's columns count. Ours count UTF-16 code units, as editors do.
        columnKind: "utf16CodeUnits",
        results: findings.map(resultOf),
      },
    ],
  };
}

function resultOf({ rule, severity, file, line, column, path, message, hint }: CheckFinding): object {
  const subject = path === "" ? "" : `${path}: `;
  return {
    ruleId: rule,
    level: severity,
    message: { text: `${subject}${message}${hint === null ? "" : `\nhint: ${hint}`}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  };
}
