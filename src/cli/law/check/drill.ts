import { styleText } from "node:util";
import type { CellId, EndpointId, InstantMs } from "../../../base/index.ts";
import { deploymentOf, type Policy } from "../../../config/index.ts";
import {
  drill,
  type DrillAnswer,
  type DrillReport,
  type DrillRow,
  type DrillScenario,
  legalTargetKinds,
} from "../../../law/index.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { collect, parseAt } from "../../terminal/flags.ts";
import { requirePolicy } from "../../../cell/index.ts";
import { listOf } from "../../terminal/quoted-list.ts";
import { requireKnown, requirePlace, requireTarget } from "../../terminal/known-name.ts";
import { formatTable } from "../../terminal/table.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

interface DrillFlags {
  readonly down: readonly string[];
  readonly event: readonly string[];
  readonly inForce: readonly string[];
  readonly at?: InstantMs;
  readonly json?: boolean;
}

const helpText = `
Nothing is touched. Each failure and each event is drilled by itself.

Examples:
  bailiwick drill policy.yaml --down cell:eu-frankfurt --down operator:rhein-cloud --down place:DE
  bailiwick drill policy.yaml --event mechanism:dpf --in-force in-dpdp

Exit codes: 0 everyone who is served still is, 1 somebody loses service, 2 unusable input.`;

export function addDrillCommand(program: Command): void {
  program
    .command("drill")
    .description("what a failure or a legal event would do: who gets 503 or 451, who survives")
    .argument("<policy>", "the policy file")
    .option("--down <what:name>", `what fails: ${failureKinds.join(", ")}; may be repeated`, collect, [])
    .option(
      "--event <what:name>",
      `what is suspended: ${legalTargetKinds.join(", ")}; may be repeated`,
      collect,
      [],
    )
    .option("--in-force <regime>", "a law as if its day had come; may be repeated", collect, [])
    .option("--at <date>", "drill at this date or instant (default: now)", parseAt)
    .option("--json", "print the reports as JSON")
    .addHelpText("after", helpText)
    .runs((terminal, file: string, flags: DrillFlags) => runDrills(terminal, file, flags));
}

const failureKinds = ["place", "cell", "operator", "endpoint"] as const;

async function runDrills(
  terminal: Terminal,
  file: string,
  { at, json, ...flags }: DrillFlags,
): Promise<ExitCode> {
  const asked = [
    ...flags.down.map((text) => ({ text, read: failure })),
    ...flags.event.map((text) => ({ text, read: suspension })),
    ...flags.inForce.map((text) => ({ text: `regime:${text}`, read: commencement })),
  ];
  const scenarios = asked.map(({ text, read }) => ({ text, ...split(text), read }));
  if (scenarios.length === 0) {
    throw new UnusableInputError(["nothing to drill; name it with `--down`, `--event` or `--in-force`"]);
  }
  const policy = requirePolicy(file);
  const reports = scenarios.map(({ text, what, name, read }) => ({
    scenario: text,
    ...drill(deploymentOf(policy), read({ policy, what, name }), at ?? Date.now()),
  }));
  if (json) await terminal.printJson(reports);
  else await terminal.print(reports.map(formatReport).join("\n\n"));
  return reports.some(({ verdict }) => verdict === "fails") ? exitCode.checkFailed : exitCode.ok;
}

function split(text: string): { readonly what: string; readonly name: string } {
  const [, what, name] = /^([a-z-]+):(.+)$/.exec(text) ?? [];
  if (what === undefined || name === undefined) {
    throw new UnusableInputError([
      `\`${text}\` is not of the form \`what:name\`, such as \`cell:eu-frankfurt\``,
    ]);
  }
  return { what, name };
}

interface Named {
  readonly policy: Policy;
  readonly what: string;
  readonly name: string;
}

function failure({ policy, what, name }: Named): DrillScenario {
  switch (what) {
    case "place":
      return { kind: "place-down", place: requirePlace(name) };
    case "cell":
      return { kind: "cell-down", cell: requireKnown(policy, what, name) as CellId };
    case "operator":
      return { kind: "operator-down", operator: requireKnown(policy, what, name) };
    case "endpoint":
      return { kind: "endpoint-down", endpoint: requireKnown(policy, what, name) as EndpointId };
    default:
      throw new UnusableInputError([`\`--down ${what}:…\`: expected one of ${listOf(failureKinds)}`]);
  }
}

function suspension({ policy, what, name }: Named): DrillScenario {
  const kind = legalTargetKinds.find((each) => each === what);
  if (kind === undefined) {
    throw new UnusableInputError([`\`--event ${what}:…\`: expected one of ${listOf(legalTargetKinds)}`]);
  }
  return { kind: "suspended", target: requireTarget(policy, { kind, name }) };
}

function commencement({ policy, name }: Named): DrillScenario {
  return { kind: "in-force", regime: requireKnown(policy, "regime", name) };
}

function formatReport({
  scenario,
  verdict,
  rows,
  down,
}: DrillReport & { readonly scenario: string }): string {
  const word = verdict === "fails" ? styleText("red", verdict) : styleText("green", verdict);
  const downText = down.length > 0 ? `, down: ${down.join(", ")}` : "";
  return [
    `${scenario}: ${word}${downText}`,
    formatTable(["TENANT", "MODEL", "OUTCOME", "BEFORE", "AFTER", "ELSEWHERE"], rows.map(rowText)),
  ].join("\n");
}

function rowText({ tenant, model, outcome, before, after }: DrillRow): readonly string[] {
  const isBad = outcome === "lost";
  const word = isBad ? styleText("red", outcome) : outcome;
  return [tenant, model, word, answerText(before), answerText(after), after.elsewhere.join(", ")];
}

function answerText({ status, cell, endpoints }: DrillAnswer): string {
  return [String(status), cell ?? "", endpoints.length > 0 ? `(${endpoints.join(", ")})` : ""]
    .filter((part) => part !== "")
    .join(" ");
}
