/** One thing that is wrong in a file, or worth a look. It never holds a secret. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** File as it was named to the reader, then 1-based line and column. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Such as `endpoints.fra-1.place`; empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** The next step, where one is known. */
  readonly hint: string | null;
}

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type YamlPath = readonly (string | number)[];

/** A finding before it is known which file it is about. Absent `severity`: an error. */
export interface Problem {
  readonly severity?: "error" | "warning";
  readonly at: Position;
  readonly path: YamlPath;
  readonly found: string;
  readonly expected: string;
  readonly hint?: string | null;
}

/**
 * All problems of one file, in the order in which its author meets them. Of several about the same thing at the same
 * place the first stays: what comes later follows from it.
 */
export function toFindings(file: string, problems: readonly Problem[]): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const problem of problems) {
    const finding = toFinding(file, problem);
    const key = `${finding.line}:${finding.column}:${finding.path}`;
    if (!findings.has(key)) findings.set(key, finding);
  }
  return Array.from(findings.values()).toSorted(byPosition);
}

/** `policy.yaml:12:15: error: endpoints.fra-1.place: found …, expected …`, with the hint on a line of its own. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, severity, path, found, expected, hint } = finding;
  const subject = path === "" ? "" : `${path}: `;
  const next = hint === null ? "" : `\n  hint: ${hint}`;
  return `${file}:${line}:${column}: ${severity}: ${subject}found ${found}, expected ${expected}${next}`;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}

function toFinding(file: string, problem: Problem): Finding {
  return {
    severity: problem.severity ?? "error",
    file,
    ...problem.at,
    path: withoutSecrets(formatPath(problem.path)),
    found: withoutSecrets(problem.found),
    expected: withoutSecrets(problem.expected),
    hint: problem.hint ? withoutSecrets(problem.hint) : null,
  };
}

function byPosition(left: Finding, right: Finding): number {
  return left.line - right.line || left.column - right.column;
}

function formatPath(path: YamlPath): string {
  return path.map(formatStep).join("").replace(/^\./, "");
}

function formatStep(step: string | number): string {
  if (typeof step === "number") return `[${step}]`;
  return /^[\w<-]+$/.test(step) ? `.${step}` : `[${shorten(JSON.stringify(step))}]`;
}

/** What the file says, in backticks; long texts are cut, and control characters are spelled out. */
export function quote(text: string): string {
  return `\`${shorten(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'))}\``;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/**
 * INVARIANT: no finding shows an API key or a URL's password, wherever in the file it was put by mistake. This is the
 * second line of defence; fields that are meant for secrets are not shown at all (see check-shape.ts).
 */
function withoutSecrets(text: string): string {
  return text.replaceAll(/(?<![A-Za-z])sk-[\w-]+…?/gi, "sk-…").replaceAll(/\/\/[^\s/@`]*@/g, "//…@");
}
