import type { CellId, RegimeId } from "../../base/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import type { Block, Facts, Permit, PermittedEndpoint } from "../../law/index.ts";
import { type AllowedEndpoint, type DecisionEntry, fitDecision } from "../../ledger/index.ts";
import type { RequestView } from "../../wire/index.ts";
import type { Caller } from "./caller.ts";
import { stamp } from "../../store/index.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayError } from "./gateway-error.ts";

/** What is decided on: who asks, everything that a rule may look at, and the request itself once it was read. */
export interface DecisionRequest {
  readonly caller: Caller;
  readonly facts: Facts;
  readonly view: RequestView | null;
  /** How often the request was decided before: the law may change while it is under way (docs/decisions/0029). */
  readonly revision: number;
  /** What commits to the request, in the name of its subject. */
  readonly key: SubjectKey;
}

/** What the law, applied at this cell, says to a request. */
export type Ruling = PermitRuling | RefusalRuling;

export interface PermitRuling {
  readonly kind: "permit";
  readonly permit: Permit;
  readonly cells: readonly CellId[];
  readonly blocks: readonly Block[];
}

export interface RefusalRuling {
  readonly kind: "refusal";
  /** `redirect`: another cell may. */
  readonly verdict: "refuse" | "redirect";
  readonly error: GatewayError;
  readonly blocks: readonly Block[];
  readonly regimes: readonly RegimeId[];
}

/** The entry that records `ruling`, cut to what an entry holds. */
export function decisionEntry(exchange: Exchange, request: DecisionRequest, ruling: Ruling): DecisionEntry {
  const own = ownMembers(exchange, request, ruling);
  const blocked = ruling.blocks.map(({ target, rule }) => ({ target, rule }));
  if (ruling.kind === "refusal") return fitDecision({ ...own, blocked, ...refusalMembers(ruling) });
  return { ...own, ...fittedMembers(ruling.permit, { ...own, blocked }) };
}

type OwnMembers = Omit<DecisionEntry, keyof VerdictMembers | "allowedCount" | "blocked" | "blockedCount">;

function ownMembers(
  { cell, arrival, progress, inForce }: Exchange,
  { facts, caller, view, key, revision }: DecisionRequest,
  ruling: Ruling,
): OwnMembers {
  return {
    ...stamp(cell),
    t: "decision",
    rid: arrival.id,
    revision,
    tenant: cell.vault.tenantHandle(caller.tenant.id),
    subject: key.handle,
    req: view && key.commit("req/v1", view.body),
    // The law may have changed since; what is recorded is what was decided on.
    policy: ruling.kind === "permit" ? ruling.permit.terms.policyHash : inForce.policy.law.hash,
    places: facts.subjectPlaces.map(({ value, basis }) => ({ place: value, basis })),
    classes: Array.from(new Set(facts.classes.map(({ value }) => value))),
    model: progress.model,
  };
}

type FittedMembers = Omit<DecisionEntry, keyof OwnMembers>;

/** By permit, which is one for all requests of a kind, and by what of a request has a length of its own. */
const fitted = new WeakMap<Permit, Map<string, FittedMembers>>();

/**
 * What of a permit and its blocks fits beside the request's own members, worked out once. INVARIANT: all of those but the
 * ones named here have one length in every request under the permit.
 */
function fittedMembers(permit: Permit, request: OwnMembers & Pick<DecisionEntry, "blocked">): FittedMembers {
  const { places, classes, model, req } = request;
  const shape = JSON.stringify([places, classes, model, req === null]);
  const known = fitted.get(permit) ?? new Map<string, FittedMembers>();
  const found = known.get(shape);
  if (found) return found;
  const entry = fitDecision({ ...request, ...permitMembers(permit) });
  const { verdict, error, regimes, obligations, allowed, allowedCount, blocked, blockedCount } = entry;
  const members = { verdict, error, regimes, obligations, allowed, allowedCount, blocked, blockedCount };
  fitted.set(permit, known.set(shape, members));
  return members;
}

type VerdictMembers = Pick<DecisionEntry, "verdict" | "error" | "regimes" | "allowed" | "obligations">;

function permitMembers({ terms }: Permit): VerdictMembers {
  const { endpoints, regimes, obligations } = terms;
  return { verdict: "permit", error: null, regimes, allowed: endpoints.map(allowedEndpoint), obligations };
}

function refusalMembers({ verdict, error, regimes }: RefusalRuling): VerdictMembers {
  return { verdict, error: error.type, regimes, allowed: [], obligations: [] };
}

/** As entries name it. */
export function allowedEndpoint({ id, computes, isTransfer, grounds }: PermittedEndpoint): AllowedEndpoint {
  return {
    endpoint: id,
    computes,
    transfer: isTransfer,
    grounds: grounds.map(({ regime, instrument, documents }) => ({ regime, instrument, documents })),
  };
}
