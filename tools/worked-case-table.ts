// docs/law/cases/README.md, written from the pages beside it.
import type { Expectation } from "../src/config/index.ts";
import type { WorkedCase } from "./worked-case.ts";

const prose = `# Worked cases by country

<!-- Written by \`node tools/generate-docs.ts\` from the pages beside it. Change those. -->

Each page has its facts and its outcome from the statute, and both as a policy and tests, which run with every build. A row is one question of a page: what the law says of each
endpoint, what an endpoint rests on or lacks, and the rule and article that decide. \`lawful-only-with\` what is in force is served; what is *missing* keeps an endpoint
from being served until it is there. The first twelve cases are told in [the law](../../law.md#worked-cases).`;

const head = ["page", "facts", "asked", "endpoints", "rests on, or missing", "rule and article"];

/** Markdown. */
export function workedCaseTable(cases: readonly WorkedCase[]): string {
  const rows = cases.flatMap((each) => each.tests.map(({ name, expect }) => row(each, name, expect)));
  const table = [head, head.map(() => "---"), ...rows].map(lineOf).join("\n");
  return `${prose}\n\n${table}\n`;
}

function row(
  { page, number, title, facts }: WorkedCase,
  name: string,
  expect: Expectation,
): readonly string[] {
  const endpoints = Object.entries(expect.endpoints ?? {});
  return [
    `[${number}. ${title}](${page})`,
    firstSentence(facts),
    name,
    endpoints.length > 0 ? endpoints.map(verdictOf).join("; ") : (expect.verdict ?? ""),
    endpoints.flatMap(cureOf).join("; "),
    reasonsOf(endpoints).join("; "),
  ];
}

type ExpectedEndpoint = [string, NonNullable<Expectation["endpoints"]>[string]];

function verdictOf([id, { verdict, permitted }]: ExpectedEndpoint): string {
  const isServed = verdict === "lawful" || permitted === true;
  const mark = verdict === "lawful-only-with" ? `, ${isServed ? "served" : "refused"}` : "";
  return `\`${id}\` ${verdict}${mark}`;
}

function cureOf([id, { with: tool, needs }]: ExpectedEndpoint): readonly string[] {
  if (tool !== undefined) return [`\`${id}\` on \`${tool}\``];
  if (needs === undefined) return [];
  return [`\`${id}\` *missing* ${needs.map((need) => `\`${need}\``).join(", ")}`];
}

/** A rule alone says nothing beside the same one with its article. */
function reasonsOf(endpoints: readonly ExpectedEndpoint[]): readonly string[] {
  const all = new Set(
    endpoints.flatMap(([, { rule, article }]) =>
      rule === undefined ? [] : [[`\`${rule}\``, article].filter(Boolean).join(" ")],
    ),
  );
  return [...all].filter((reason) => !Array.from(all).some((other) => other.startsWith(`${reason} `)));
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
