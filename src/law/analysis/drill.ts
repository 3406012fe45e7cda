// What callers would see if something failed, or if the law changed, and who is left to answer them. Nothing is touched.
import {
  type CellId,
  countryOf,
  type EndpointId,
  type InstantMs,
  mayLieIn,
  type Place,
} from "../../base/index.ts";
import type { Decision } from "../decision.ts";
import type { Siting } from "../policy/endpoint.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { LegalTarget } from "../policy/legal-event.ts";
import { type AnalysedModel, type AnalysedTenant, type Deployment, modelsOf } from "./deployment.ts";
import { productEvaluators } from "./evaluators.ts";

export type DrillScenario =
  /** Whatever computes or stores in the place, or may: a drill assumes the worst. */
  | { readonly kind: "place-down"; readonly place: Place }
  /** Its endpoints too: they are reached through it. */
  | { readonly kind: "cell-down"; readonly cell: CellId }
  | { readonly kind: "operator-down"; readonly operator: string }
  | { readonly kind: "endpoint-down"; readonly endpoint: EndpointId }
  /** A legal event that suspends the target. */
  | { readonly kind: "suspended"; readonly target: LegalTarget }
  /** A regime whose day has not come, or has gone, is in force. */
  | { readonly kind: "in-force"; readonly regime: string };

export interface DrillReport {
  /** `moves`: everyone who was served still is, some by another cell. */
  readonly verdict: "survives" | "moves" | "fails";
  readonly rows: readonly DrillRow[];
  /** Endpoints that are down, in order. */
  readonly down: readonly EndpointId[];
}

/** One tenant's requests for one model, under its contract, to the cell that it would ask. */
export interface DrillRow {
  readonly tenant: string;
  readonly model: string;
  readonly outcome: "unaffected" | "survives" | "moves" | "lost" | "gained" | "not-served";
  readonly before: DrillAnswer;
  readonly after: DrillAnswer;
}

export interface DrillAnswer {
  /** 500 where the law could not be decided; the rest as docs/errors.md has them. */
  readonly status: 200 | 403 | 421 | 451 | 500 | 503;
  /** The cell that answers, or, with a 421, the one that should be asked. */
  readonly cell: CellId | null;
  /** The endpoints that could serve in that cell. */
  readonly endpoints: readonly EndpointId[];
  /** Cells that could serve too, if the caller asked them. */
  readonly elsewhere: readonly CellId[];
}

export function drill(deployment: Deployment, scenario: DrillScenario, nowMs: InstantMs): DrillReport {
  const { law } = deployment;
  const calm = withoutFailures(law);
  const struck = strike(law, scenario, nowMs);
  const decide = { before: productEvaluators.serving(law), after: productEvaluators.serving(struck.law) };
  const rows = deployment.tenants.flatMap((tenant) => {
    const facts = { ...tenant.facts, receivingCell: nearestCell(tenant, law) ?? tenant.facts.receivingCell };
    const before = decide.before.decide(facts, nowMs);
    const after = decide.after.decide(facts, nowMs);
    return modelsOf(tenant, deployment).map((model) => {
      const first = answerTo(null, { decision: before, model, scene: calm });
      return rowOf(tenant, model, [first, answerTo(first.cell, { decision: after, model, scene: struck })]);
    });
  });
  return { verdict: verdictOn(rows), rows, down: [...struck.downEndpoints].toSorted() };
}

/** Callers are taken to ask the cell where their people are, if there is one and it may serve them. */
function nearestCell({ facts }: AnalysedTenant, { cells }: LawPolicy): CellId | undefined {
  const countries = new Set(facts.subjectPlaces.map(({ value }) => countryOf(value)));
  return cells.find(({ place }) => countries.has(countryOf(place)))?.id;
}

/** The world after the event: its law, and what does not answer any more. */
interface Scene {
  readonly law: LawPolicy;
  readonly downCells: ReadonlySet<CellId>;
  readonly downEndpoints: ReadonlySet<EndpointId>;
}

function strike(law: LawPolicy, scenario: DrillScenario, nowMs: InstantMs): Scene {
  if (scenario.kind === "suspended") {
    const validity = { fromMs: nowMs, untilMs: null };
    const event = {
      act: "suspend",
      id: "drill",
      target: scenario.target,
      reason: "drill",
      validity,
    } as const;
    return withoutFailures({ ...law, events: [...(law.events ?? []), event] });
  }
  if (scenario.kind === "in-force") {
    const effective = { fromMs: null, untilMs: null };
    const regimes = law.regimes.map((each) => (each.id === scenario.regime ? { ...each, effective } : each));
    return withoutFailures({ ...law, regimes });
  }
  return withFailures(law, isStruckBy(scenario));
}

function withoutFailures(law: LawPolicy): Scene {
  return { law, downCells: new Set(), downEndpoints: new Set() };
}

type Sited = Siting & { readonly id: string };
type Failure = Exclude<DrillScenario, { readonly kind: "suspended" | "in-force" }>;

function withFailures(law: LawPolicy, isStruck: (sited: Sited) => boolean): Scene {
  const downCells = new Set(law.cells.filter(isStruck).map(({ id }) => id));
  const down = law.endpoints.filter((endpoint) => isStruck(endpoint) || downCells.has(endpoint.cell));
  return { law, downCells, downEndpoints: new Set(down.map(({ id }) => id)) };
}

function isStruckBy(failure: Failure): (sited: Sited) => boolean {
  switch (failure.kind) {
    case "place-down": {
      const struck = new Set([failure.place]);
      return ({ computes, stores }) => [...computes, ...stores].some((place) => mayLieIn(struck, place));
    }
    case "cell-down":
      return ({ id }) => id === failure.cell;
    case "operator-down":
      return ({ operator }) => operator.id === failure.operator;
    case "endpoint-down":
      return ({ id }) => id === failure.endpoint;
    default:
      return failure satisfies never;
  }
}

interface Asking {
  readonly decision: Decision;
  readonly model: AnalysedModel;
  readonly scene: Scene;
}

/** Answers as the gateway does. A caller without a cell, or whose cell is gone, asks the best that is left. */
function answerTo(asked: CellId | null, { decision, model, scene }: Asking): DrillAnswer {
  const nobody = { cell: null, endpoints: [], elsewhere: [] };
  if (decision.kind === "refusal") return { status: statusOf(decision.refusal.kind), ...nobody };
  const lawful = decision.permit.terms.endpoints.filter(({ id }) => model.servedBy.has(id));
  const cells = decision.cells.filter((id) => lawful.some(({ cell }) => cell === id));
  if (cells.length === 0) return { status: 451, ...nobody };

  const upIn = (cell: CellId): readonly EndpointId[] =>
    lawful.flatMap((each) => (each.cell === cell && !scene.downEndpoints.has(each.id) ? [each.id] : []));
  const serving = cells.filter((cell) => upIn(cell).length > 0);
  const isAnswered = asked !== null && !scene.downCells.has(asked);
  const cell = isAnswered ? asked : (serving[0] ?? cells[0] ?? null);
  if (cell === null) return { status: 503, ...nobody };

  const right = cells.includes(cell) ? cell : (cells[0] ?? cell);
  const endpoints = upIn(right);
  const elsewhere = serving.filter((each) => each !== right);
  if (right !== cell) return { status: 421, cell: right, endpoints, elsewhere };
  return { status: endpoints.length > 0 ? 200 : 503, cell, endpoints, elsewhere };
}

function statusOf(kind: Extract<Decision, { kind: "refusal" }>["refusal"]["kind"]): DrillAnswer["status"] {
  const statuses = { no_lawful_endpoint: 451, jurisdiction_unknown: 403, undecidable: 500 } as const;
  return statuses[kind];
}

function rowOf(
  { id }: AnalysedTenant,
  { alias }: AnalysedModel,
  [before, after]: readonly [DrillAnswer, DrillAnswer],
): DrillRow {
  return { tenant: id, model: alias, outcome: outcomeOf(before, after), before, after };
}

/** After a 421 the caller is served if the cell that it is sent to can serve. */
function outcomeOf(before: DrillAnswer, after: DrillAnswer): DrillRow["outcome"] {
  const isServed = (after.status === 200 || after.status === 421) && after.endpoints.length > 0;
  if (before.status !== 200) return isServed ? "gained" : "not-served";
  if (!isServed) return "lost";
  if (after.cell !== before.cell) return "moves";
  return after.endpoints.length < before.endpoints.length ? "survives" : "unaffected";
}

function verdictOn(rows: readonly DrillRow[]): DrillReport["verdict"] {
  if (rows.some(({ outcome }) => outcome === "lost")) return "fails";
  return rows.some(({ outcome }) => outcome === "moves") ? "moves" : "survives";
}
