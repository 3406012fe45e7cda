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
  /** The facts before anything of them was counted, which all requests of a kind share. */
  readonly kind: Facts;
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
  const blocked = ruling.blocks.map(({ target, rule }) => ({ target, rule }));
  const members = ruling.kind === "permit" ? permitMembers(ruling.permit) : refusalMembers(ruling);
  return fitDecision({ ...ownMembers(exchange, request, ruling), blocked, ...members });
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
