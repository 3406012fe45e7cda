// What the analysis of the law found, as findings about the policy's lines.
import { formatDay, formatInstant, type InstantMs } from "../../../base/index.ts";
import type { CheckReport } from "../../../law/index.ts";
import { listOf } from "../../terminal/quoted-list.ts";

/** What kind of finding it is; SARIF calls it a rule. */
export const findingRules = {
  config: "The file, against its schema and itself.",
  law: "The law, against itself.",
  "forbidden-endpoint": "A permit would hold an endpoint that the law forbids.",
  hole: "A law that may be asked and that no pinned pack states.",
  assumption: "Something that permits rest on and that the policy does not say.",
  "dead-end": "Requests of a tenant are refused whatever is up.",
  "single-point": "So few endpoints are lawful that their failure leaves none.",
  "sovereignty-gap": "Every lawful endpoint is controlled from outside the jurisdiction.",
  "idle-rule": "A rule that changes no verdict.",
  expiry: "Something stops being lawful by itself.",
} as const;
export type FindingRule = keyof typeof findingRules;

export interface AnalysisFinding {
  readonly rule: FindingRule;
  readonly severity: "error" | "warning";
  /** Such as `tenants.demo-shop`. */
  readonly path: string;
  readonly message: string;
}

/** Findings are about contracts as they are written. What only holds under another claimed place stays in the report. */
export function analysisFindings(report: CheckReport): readonly AnalysisFinding[] {
  return [
    ...counterexamples(report),
    ...futureDeadEnds(report),
    ...singlePoints(report),
    ...sovereigntyGaps(report),
    ...idleRules(report),
    ...expiries(report),
  ];
}

function counterexamples({ counterexamples: found }: CheckReport): readonly AnalysisFinding[] {
  return found.map(({ kind, facts, atMs, endpoints, serving, plain, variant }) => ({
    rule: "forbidden-endpoint",
    severity: "error",
    path: `tenants.${facts.tenant}`,
    message: `the two evaluators do not agree at ${formatInstant(atMs)} (${kind}; ${listOf(endpoints)}; ${serving}, ${plain}${variant === null ? "" : `; ${variant}`}); this is a defect: do not deploy, and report it`,
  }));
}

/** Lists the dead ends to come. Those of today are told by dead-ends.ts, with their reasons. */
function futureDeadEnds({ deadEnds, extent }: CheckReport): readonly AnalysisFinding[] {
  return deadEnds
    .filter(({ places, fromMs }) => places === null && fromMs > extent.fromMs)
    .map(({ tenant, model, fromMs }) =>
      warning(
        "dead-end",
        tenant,
        `from ${dayOf(fromMs)} no endpoint that serves model \`${model}\` is lawful for it`,
      ),
    );
}

function singlePoints({ singlePoints: found, extent }: CheckReport): readonly AnalysisFinding[] {
  return found
    .filter(({ places }) => places === null)
    .map(({ tenant, model, endpoints, ...span }) =>
      warning(
        "single-point",
        tenant,
        `if ${listOf(endpoints)} is down, nothing lawful serves model \`${model}\`${during(span, extent)}`,
      ),
    );
}

function sovereigntyGaps({ sovereigntyGaps: found, extent }: CheckReport): readonly AnalysisFinding[] {
  return found
    .filter(({ places }) => places === null)
    .map(({ tenant, jurisdiction, controlledFrom, ...span }) =>
      warning(
        "sovereignty-gap",
        tenant,
        `every lawful endpoint for \`${jurisdiction}\` is controlled from ${listOf(controlledFrom)} too${during(span, extent)}`,
      ),
    );
}

/** A destination at which nothing stands is no mistake: a pack lists every one there is. */
function idleRules({ idleRules: found }: CheckReport): readonly AnalysisFinding[] {
  return found
    .filter(({ kind }) => kind !== "free-destination")
    .map(({ kind, id, why, shadowedBy }) => ({
      rule: "idle-rule",
      severity: "warning",
      path: kind === "mechanism" ? `law.mechanisms.${id}` : "law.packs",
      message: `${kind} \`${id}\` changes nothing: ${why}${shadowedBy.length > 0 ? `, ${listOf(shadowedBy)} forbid the same` : ""}`,
    }));
}

function expiries({ expiries: found }: CheckReport): readonly AnalysisFinding[] {
  return found
    .filter(({ places, effect }) => places === null && effect === "stops-being-lawful")
    .flatMap(({ atMs, tenants, endpoints, causes }) =>
      tenants.map((tenant) =>
        warning(
          "expiry",
          tenant,
          `from ${dayOf(atMs)} ${listOf(endpoints)} is not lawful for it: ${causes.join("; ")}`,
        ),
      ),
    );
}

function warning(rule: FindingRule, tenant: string, message: string): AnalysisFinding {
  return { rule, severity: "warning", path: `tenants.${tenant}`, message };
}

interface Span {
  readonly fromMs: InstantMs;
  readonly untilMs: InstantMs;
}

/** Says when the finding holds, and nothing where it holds throughout. */
function during(span: Span, extent: Span): string {
  const from = span.fromMs > extent.fromMs ? `, from ${dayOf(span.fromMs)}` : "";
  return span.untilMs < extent.untilMs ? `${from}, until ${dayOf(span.untilMs)}` : from;
}

export function dayOf(instantMs: InstantMs): string {
  const text = formatInstant(instantMs);
  return text.endsWith("T00:00:00.000Z") ? formatDay(instantMs) : text;
}
