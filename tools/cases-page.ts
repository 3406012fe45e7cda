// docs/cases.md: every kind of case that was found, with its root and the page that names its tests. Written from docs/cases/.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const head = `# Cases: kinds of fault, and what holds them now

<!-- Written by \`node tools/generate-docs.ts\` from the pages in docs/cases/. Change those. -->

Users, attackers and other gateways' lists of faults were tried on this program. Each row is a kind, its root, where it was mended, and the tests that hold it;
\`test/cited-tests.test.ts\` looks up every file and title. The marks (A attacks, B missing, C awkward, K data path, W wrong and M missing for users) tell kinds apart.

`;

const tail = `## Named, with a reason

| kind | what is left | why |
|---|---|---|
| M2 a person's requests | no command finds them by tenant and person yet | handles are found by holding or erasing; \`subject access\` belongs to the work on operations |
| M3, M4, M5 pages, metrics and commands for running it | install, upgrade and runbooks; opt-in tenant metrics; \`status\`, \`reload\`, \`endpoint drain\` | the work on operations; \`quarantine list|release\` is there |
| M6 a restored backup on a busy cell | waits for its peers' view of the log | a new epoch of a cell is a change of the log's format |
| M10 one tenant in several cells | is several in a report over several cells | handles are keyed by cell, on purpose (decision 0020) |
| clients 8 repeated refusals of one caller | are not folded; each is an entry | \`x-should-retry: false\` keeps clients from it |
| clients 13 the engine's own model name | is told as it comes | the alias in its place would alter an engine's bytes |
| C2 503 with Retry-After of one caller | takes an endpoint from all for up to 5 s | decision 0035 weighs it |
`;

/** Markdown. */
export function casesPage(root: string): string {
  const pages = globSync("docs/cases/*.md", { cwd: root }).toSorted();
  const chapters = pages.map((page) => {
    const text = readFileSync(join(root, page), "utf8");
    const title = /^# (?:Cases: )?(.*)$/m.exec(text)?.[1] ?? page;
    return `## [${title}](cases/${basename(page)})\n\n${rowsIn(text)}\n`;
  });
  return `${head}${chapters.join("\n")}\n${tail}`;
}

function rowsIn(text: string): string {
  const [, after = ""] = text.split("| tests (file: title) |\n");
  const [rows = ""] = after.split("\n\n");
  return `| kind | root | where mended | tests (file: title) |\n${rows.trimEnd()}`;
}
