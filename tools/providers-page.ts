// docs/providers.md: how hosted providers are called, and what became of everything that each did to a call. The table is
// the one that test/providers/cases.test.ts runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { engineKinds } from "../src/law/index.ts";
import {
  engineOf,
  expectedOf,
  grades,
  type HostedEngine,
  providerCases,
} from "../test/providers/provider-cases.ts";

/** Markdown. */
export function providersPage(root: string): string {
  const prose = readFileSync(join(root, "tools/providers-page.md"), "utf8");
  return prose.replace("{engines}", engineTable()).replace("{cases}", caseTable());
}

const engines = Object.keys(grades) as readonly HostedEngine[];

function engineTable(): string {
  const rows = engines.map((engine) => {
    const { evidence } = engineKinds[engineOf(engine)];
    return `| ${named(engine)} | ${evidence} | \`${grades[engine]}\` |`;
  });
  return ["| engine | best evidence | an ordinary answer notes |", "|---|---|---|", ...rows].join("\n");
}

function named(hosted: HostedEngine): string {
  return hosted.replace(/^\S+/, (engine) => `\`${engine}\``);
}

function caseTable(): string {
  const head = `| the provider gives | ${engines.map(named).join(" | ")} |`;
  const rows = providerCases.map((each) => {
    const cells = engines.map((engine) => expectedOf(each, engine));
    return `| ${[each.title, ...cells].join(" | ")} |`;
  });
  return [head, `|---|${"---|".repeat(engines.length)}`, ...rows].join("\n");
}
