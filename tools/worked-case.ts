// A page of docs/law/ or docs/law/cases/: facts, outcome, and both as a policy and its tests.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { formatFinding, parseTestFile, type TestFile } from "../src/config/index.ts";

export interface WorkedCase {
  /** Its file's name. */
  readonly page: string;
  readonly number: number;
  readonly title: string;
  /** The paragraph after **Facts.**, on one line. */
  readonly facts: string;
  readonly policy: string;
  readonly tests: TestFile["tests"];
}

/** Every page of the folder, by number. Throws for one that is not of the form. */
export function workedCasesIn(folder: string): readonly WorkedCase[] {
  return globSync("[0-9][0-9]-*.md", { cwd: folder })
    .toSorted()
    .map((page) => readWorkedCase(join(folder, page)));
}

function readWorkedCase(path: string): WorkedCase {
  const page = basename(path);
  const text = readFileSync(path, "utf8");
  const part = (pattern: RegExp, what: string): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined || found === "") throw new Error(`${page}: no ${what}`);
    return found;
  };
  const block = (name: string): string =>
    part(new RegExp(`^\`\`\`yaml ${name}\\n(.*?)^\`\`\`$`, "ms"), `block \`${name}\``);
  const parsed = parseTestFile(page, block("tests.yaml"));
  if (!parsed.ok) throw new Error(parsed.error.map(formatFinding).join("\n"));
  return {
    page,
    number: Number(page.slice(0, 2)),
    title: part(/^# Case \d+: (.*)$/m, "title `# Case N: …`"),
    facts: part(/^\*\*Facts\.\*\* (.*?)\n\n/ms, "paragraph **Facts.**").replaceAll("\n", " "),
    policy: block("policy.yaml"),
    tests: parsed.value.tests,
  };
}
