import { type CellId, type InstantMs, unreachable } from "../../base/index.ts";
import type { Model, Tenant } from "../../config/index.ts";
import {
  type Block,
  type Facts,
  type PermittedEndpoint,
  type Refusal,
  isOfEvent,
  ruleOfEvent,
  suspensionsAt,
} from "../../law/index.ts";
import { answerersOf, byStanding, type RoutePlan } from "../../routing/index.ts";
import { type EngineOperation, type RequestView, translationFor } from "../../wire/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { mayAnswer } from "../identify/imported.ts";
import type { InForce } from "../in-force/in-force.ts";
import { type Pin, toldOfPin } from "../pins/pin.ts";
import type { PermitRuling, RefusalRuling, Ruling } from "../exchange/ruling.ts";
import type { UntranslatableFor } from "./untranslatable.ts";

/** Blocks that a message names; the ledger holds more of them. */
const maxToldBlocks = 6;

/** How often one request is decided: laws that change faster than that are no ground to stand on. */
export const maxRevisions = 8;

/** A permit, and the span in which no rule behind it changes. */
interface RememberedPermit {
  readonly ruling: PermitRuling;
  readonly inForce: InForce;
  readonly fromMs: InstantMs;
}

/** By the facts, which all requests of a kind share as long as nothing of them is counted. */
const remembered = new WeakMap<Facts, RememberedPermit>();

/**
 * Whether any endpoint may have it, and whether this cell may: from headers alone. INVARIANT: a permit is remembered for
 * the epoch that it was made under, and up to its own end; a refusal is told in words of the moment.
 */
export function ruleOnHeaders(exchange: Exchange, facts: Facts): Ruling {
  const { cell, inForce } = exchange;
  const nowMs = cell.now();
  const known = remembered.get(facts);
  if (known?.inForce === inForce && holds(known, nowMs)) return known.ruling;
  const ruling = decideOnHeaders(exchange, facts, nowMs);
  if (ruling.kind === "permit") remembered.set(facts, { ruling, inForce, fromMs: nowMs });
  return ruling;
}

/** The clock may have gone back to before it was decided: nothing is known of that time. */
function holds({ ruling, fromMs }: RememberedPermit, nowMs: InstantMs): boolean {
  const { expiresAtMs } = ruling.permit.terms;
  return fromMs <= nowMs && (expiresAtMs === null || nowMs < expiresAtMs);
}

function decideOnHeaders(exchange: Exchange, facts: Facts, nowMs: InstantMs): Ruling {
  const { cell, inForce } = exchange;
  const decision = inForce.decider.decide(facts, nowMs);
  if (decision.kind === "refusal") return refused(exchange, decision.refusal);
  const { permit, cells, blocks } = decision;
  const [first] = cells;
  if (first === undefined) return unlawful(exchange, blocks, "");
  if (cells.includes(cell.cell)) return decision;
  return misdirected(exchange, first, { kind: "permit", permit, cells, blocks });
}

interface Bound {
  readonly model: Model;
  readonly plan: RoutePlan;
  readonly operation: EngineOperation;
  readonly untranslatable: UntranslatableFor;
  readonly caller: Caller;
  readonly pin: Pin | null;
}

/** By the ruling on headers, which a decider gives to all requests of a kind, and which dies with its epoch. */
const permitted = new WeakMap<PermitRuling, Map<string, PermitRuling>>();

/**
 * What the ruling on headers leaves for this model and its plan: the endpoints of this cell that serve it. A permit is worked
 * out once, since that is work in its size; a refusal is told in words of the moment. INVARIANT: what is asked by is all that
 * {@link narrowedRuling} looks at, beside the epoch.
 */
export function ruleOnModel(exchange: Exchange, lawful: PermitRuling, bound: Bound): Ruling {
  const { model, plan, operation, untranslatable, caller, pin } = bound;
  exchange.progress.model = model.alias;
  const { ranking, allowsTransfers } = plan;
  const told = [...untranslatable.keys()].join();
  const isOfPeer = caller.peer !== null;
  const asked = [
    model.alias,
    operation.name,
    told,
    ranking,
    allowsTransfers,
    isOfPeer,
    pin?.endpoint ?? "",
  ].join("\n");
  const known = permitted.get(lawful) ?? new Map<string, PermitRuling>();
  const ruling = known.get(asked) ?? narrowedRuling(exchange, lawful, bound);
  if (ruling.kind === "refusal") return { ...ruling, error: toldOfPin(ruling.error, pin) };
  permitted.set(lawful, known.set(asked, ruling));
  return ruling;
}

function narrowedRuling(
  exchange: Exchange,
  lawful: PermitRuling,
  { model, plan, operation, untranslatable, caller, pin }: Bound,
): Ruling {
  const { cell } = exchange;
  const answerers = answerersOf(lawful.permit, {
    cell: cell.cell,
    cells: lawful.cells,
    servedBy: pin === null ? model.servedBy : new Set([pin.endpoint]),
    allowsTransfers: plan.allowsTransfers,
    isAble: (endpoint) => canServe(exchange, endpoint, { model, operation, untranslatable }),
    mayAnswer: (endpoint) => mayAnswer(exchange, caller, endpoint),
  });
  switch (answerers.kind) {
    case "here":
      return { ...lawful, permit: answerers.permit.sorted(byStanding(plan.ranking, model.servedBy)) };
    case "sent-on":
      return passedOn(lawful);
    case "elsewhere":
      return misdirected(exchange, answerers.cell, lawful);
    case "barred":
      return barred(cell, model, lawful);
    case "unable":
      return unable(model, { operation, untranslatable }, lawful);
    case "unserved":
      return unlawful(exchange, lawful.blocks, ` that serves \`${model.alias}\``);
    default:
      return unreachable(answerers);
  }
}

/** Whether the model can be asked there, in words that there are for this request. Of another cell's endpoints that cell knows. */
function canServe(
  { cell, inForce }: Exchange,
  endpoint: PermittedEndpoint,
  { model, operation, untranslatable }: Pick<Bound, "model" | "operation" | "untranslatable">,
): boolean {
  if (endpoint.cell !== cell.cell) return true;
  const served = model.servedBy.get(endpoint.id);
  const spoken = served ? inForce.upstreams.askedAs(endpoint.id, operation.name, served.model) : null;
  if (operation.body === "events") return spoken === operation.name;
  return spoken !== null && translationFor(operation.name, spoken) !== null && !untranslatable.has(spoken);
}

/** A model that the tenant may not use does not exist for it. */
export function modelFor({ inForce }: Exchange, tenant: Tenant, { model: name }: RequestView): Model {
  const model = inForce.policy.models.get(name as Model["alias"]);
  if (model && (tenant.models === null || tenant.models.includes(model.alias))) return model;
  throw unknownModel();
}

export function unknownModel(): GatewayError {
  const message = "no such model; `GET /v1/models` lists those that this key may use";
  return new GatewayError("caller_unknown_model", message, { param: "model" });
}

function refused(exchange: Exchange, { kind, blocks, missing }: Refusal): RefusalRuling {
  switch (kind) {
    case "no_lawful_endpoint":
      return unlawful(exchange, blocks, "");
    case "jurisdiction_unknown":
      return refusal(
        blocks,
        new GatewayError("policy_jurisdiction_unknown", unknownJurisdiction(missing, blocks)),
      );
    case "undecidable":
      return refusal(
        blocks,
        new GatewayError("gateway_internal", "the law could not be decided, so nothing was sent"),
      );
    default:
      return unreachable(kind);
  }
}

function refusal(blocks: readonly Block[], error: GatewayError): RefusalRuling {
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: [] };
}

/** The law would allow a transfer, and the model's own rules do not, now: 503, since they may with the next request. */
function barred(cell: CellServices, { alias }: Model, { permit, blocks }: PermitRuling): RefusalRuling {
  cell.alarm("region_unavailable");
  const message = `\`${alias}\` is lawful for this request by a transfer alone, and no rule of its mode \`hybrid\` allows one now`;
  const error = new GatewayError("policy_region_unavailable", message);
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: permit.terms.regimes };
}

/** The law allows endpoints, and none of them has words for what is asked: that is no rule's fault. */
function unable(
  { alias }: Model,
  { operation, untranslatable }: Pick<Bound, "operation" | "untranslatable">,
  { permit, blocks }: PermitRuling,
): RefusalRuling {
  const [said] = untranslatable.values();
  const message =
    said?.message ?? `no endpoint that serves \`${alias}\` answers \`${operation.path}\`; ask another model`;
  const error = new GatewayError("caller_invalid_request", message, { param: said?.param ?? "model" });
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: permit.terms.regimes };
}

/** Only a third cell could answer what a second one passed on. */
function passedOn({ permit, blocks }: PermitRuling): RefusalRuling {
  const message =
    "a request that another cell passed on is not passed on again, and no endpoint here may answer it";
  const error = new GatewayError("policy_region_unavailable", message);
  return { kind: "refusal", verdict: "refuse", error, blocks, regimes: permit.terms.regimes };
}

/** 451 (RFC 7725); `blocked-by` names who blocks, which is this cell by its policy (§4). */
function unlawful(exchange: Exchange, blocks: readonly Block[], which: string): RefusalRuling {
  const { cell } = exchange;
  const told = tellBlocks(blocks);
  const why = told ? ` by ${told}` : "";
  const message = `no endpoint${which} is lawful for this request as the law stands now${why}${tellEvents(exchange, blocks)}`;
  const headers = { link: `<${cell.here.url}>; rel="blocked-by"` };
  return refusal(blocks, new GatewayError("policy_no_lawful_endpoint", message, { headers }));
}

/**
 * An event ends, by itself or by a lift: what it forbids is not forbidden for good. Whom it is about is no caller's to know. A
 * suspended mechanism blocks by its absence.
 */
function tellEvents({ cell, inForce }: Exchange, blocks: readonly Block[]): string {
  const isStanding = suspensionsAt(inForce.policy.law.events ?? [], cell.now()).some(
    ({ id, target }) => target.kind === "mechanism" || blocks.some(({ rule }) => rule === ruleOfEvent(id)),
  );
  return isStanding ? "; a legal event stands here, and may be lifted" : "";
}

/** 421 (RFC 9110 §15.5.20). */
function misdirected(
  { cell, inForce }: Exchange,
  right: CellId,
  { permit, blocks }: PermitRuling,
): RefusalRuling {
  const url = inForce.policy.law.cells.find(({ id }) => id === right)?.url ?? "";
  const message = `cell \`${cell.cell}\` may not receive this request; send it to \`${right}\` at ${url}`;
  const error = new GatewayError("policy_misdirected", message, {
    param: url,
    headers: { link: `<${url}>; rel="alternate"` },
  });
  return { kind: "refusal", verdict: "redirect", error, blocks, regimes: permit.terms.regimes };
}

function unknownJurisdiction(missing: readonly string[], blocks: readonly Block[]): string {
  const told = tellBlocks(blocks);
  if (missing.length === 0) return `the law for this subject is not known here${told ? `: ${told}` : ""}`;
  // A law is named with its place in backticks already.
  const facts = missing.map((fact) => (fact.includes("`") ? fact : `\`${fact}\``)).join(", ");
  const steps = new Set(missing.map((fact) => nextSteps.get(fact) ?? pinAPack));
  return `the law of this request is unknown: missing ${facts}; ${Array.from(steps).join("; ")}`;
}

/** By the fact that is missing, which may be the caller's to say or the operator's alone. */
const nextSteps: ReadonlyMap<string, string> = new Map([
  ["subject place", "send `bailiwick-jurisdiction`, or have the tenant's `subjects` set in the policy"],
  ["controller place", "have the tenant's `established` set in the policy"],
  ["data class", "send `bailiwick-class`, or have the tenant's `class` set in the policy"],
]);
const pinAPack =
  "no header changes that: a pack that covers the place and class must be pinned in the policy";

/**
 * Which laws, and where they say so. Names of cells, endpoints and operators are the operator's affair, who finds them with the
 * reasons in the decision's entry.
 */
function tellBlocks(blocks: readonly Block[]): string {
  const rules = blocks.filter(({ rule }) => !isOfEvent(rule));
  const all = [...new Set(rules.map(({ rule, article }) => `\`${rule}\` (${article})`))];
  const untold = all.length - maxToldBlocks;
  return all
    .slice(0, maxToldBlocks)
    .concat(untold > 0 ? [`and ${untold} more`] : [])
    .join("; ");
}

/** A new request gets a new decision. */
export function lawTooFast(): GatewayError {
  return new GatewayError(
    "policy_region_unavailable",
    `the law changed ${maxRevisions} times while the request waited; send it again`,
  );
}
