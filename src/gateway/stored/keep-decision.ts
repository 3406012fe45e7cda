// What a caller leaves in the cell lies in a place, and so does what it takes from it: each is decided and recorded like a
// request. The cell is that place (docs/decisions/0006); nothing is sent to an endpoint.
import { joinRequestClaims, type RequestClaims } from "../../config/index.ts";
import type { Subject, SubjectKey } from "../../keys/index.ts";
import { encodeEntry } from "../../ledger/index.ts";
import { formatPosition } from "../../store/index.ts";
import { plainView } from "../../wire/index.ts";
import type { Caller } from "../exchange/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { OpenDecision } from "../exchange/open-decision.ts";
import { decisionEntry, type DecisionRequest, type PermitRuling } from "../exchange/ruling.ts";
import { outcomeOf } from "../reply/outcome.ts";
import { factsOfRequest } from "../stages/admit-caller.ts";
import { withCounts } from "../stages/count.ts";
import { lawTooFast, maxRevisions, ruleOnHeaders } from "../stages/decide.ts";
import { endOvertaken, recordRefusal } from "../stages/record.ts";
import { refusalKey, stillHasKey, subjectKey } from "../stages/subject.ts";

interface KeepRequest {
  /** With all that was claimed of what is kept, when it was. */
  readonly caller: Caller;
  readonly subject: Subject;
  /** What is kept, or the name of what is taken: the entry commits to it. */
  readonly body: Uint8Array;
}

/** Throws what the law says against it, once that is on record. */
export async function requireLawfulToKeep(
  exchange: Exchange,
  { caller, subject }: Pick<KeepRequest, "caller" | "subject">,
  revision = 0,
): Promise<LawfulToKeep> {
  const kind = factsOfRequest(exchange, caller);
  const facts = withCounts(exchange, kind);
  const ruling = ruleOnHeaders(exchange, facts);
  const asked = { caller, facts, kind, revision };
  if (ruling.kind === "permit") return { ...asked, ruling };
  const key = await refusalKey(exchange, subject);
  return recordRefusal(exchange, { ...asked, key, view: null }, ruling);
}

interface LawfulToKeep extends Omit<DecisionRequest, "key" | "view"> {
  readonly ruling: PermitRuling;
}

interface AskedToKeep {
  readonly request: KeepRequest;
  readonly lawful: LawfulToKeep;
  /** INVARIANT: what is kept is under the key that the decision is, so that an erasure of its subject reaches it. */
  readonly key: SubjectKey;
}

/** On record, and what it was made on. */
export interface KeepDecision extends AskedToKeep {
  readonly decision: OpenDecision;
}

/**
 * Resolves once the permit is on record; throws as {@link requireLawfulToKeep} does. INVARIANT: whatever is done by it is done
 * by what {@link holdingNow} makes of it.
 */
export async function decideToKeep(exchange: Exchange, request: KeepRequest): Promise<KeepDecision> {
  const lawful = await requireLawfulToKeep(exchange, request);
  const key = await subjectKey(exchange, request.subject);
  return recordPermit(exchange, { request, lawful, key });
}

/**
 * Behind a wait for the disk: the subject may have been erased, an event have taken effect, the permit have run out. What does
 * not hold any more is decided again, as a call of an engine is (docs/decisions/0029), and each time `requireThere` throws where
 * what it is about is there no more. INVARIANT: nothing waits between the last look at the law and what is done by it.
 */
export async function holdingNow(
  exchange: Exchange,
  decided: KeepDecision,
  requireThere?: () => Promise<unknown>,
): Promise<KeepDecision> {
  for (let present = decided; ; present = await decideAgain(exchange, present)) {
    await requireThere?.();
    if (!(await stillHasKey(exchange, present.request.subject, present.key))) throw erasedMeanwhile();
    exchange.underPresentEvents();
    if (ruleOnHeaders(exchange, present.lawful.facts).kind === "permit") return present;
  }
}

async function decideAgain(
  exchange: Exchange,
  { request, lawful, key, decision }: KeepDecision,
): Promise<KeepDecision> {
  await endOvertaken(exchange, decision);
  const revision = lawful.revision + 1;
  if (revision === maxRevisions) throw lawTooFast();
  const present = await requireLawfulToKeep(exchange, request, revision);
  return recordPermit(exchange, { request, lawful: present, key });
}

async function recordPermit(exchange: Exchange, asked: AskedToKeep): Promise<KeepDecision> {
  const { cell, arrival, progress } = exchange;
  const {
    request,
    lawful: { ruling, ...ruled },
    key,
  } = asked;
  const entry = decisionEntry(exchange, { ...ruled, key, view: plainView(request.body) }, ruling);
  const decision = new OpenDecision(cell, {
    rid: arrival.id,
    entry: encodeEntry(entry),
    // No endpoint is asked: whoever runs what is kept asks for a permit of its own.
    permit: ruling.permit.narrow(() => false),
    allowed: entry.allowed,
    key,
    record: null,
    peerOf: () => null,
    importedAs: null,
    settle: null,
  });
  progress.decision = decision;
  progress.ledger = formatPosition(await decision.ready);
  return { ...asked, decision };
}

/** Not worth a second try by itself: what is sent again is kept anew, of somebody who was to be forgotten. */
function erasedMeanwhile(): GatewayError {
  const message = "the subject was erased while the request was under way: nothing of it is kept or given";
  return new GatewayError("caller_unknown_file", message);
}

/** Resolves once it is on record that it was done. */
export async function recordDone(exchange: Exchange, decision: OpenDecision): Promise<void> {
  exchange.progress.status = 200;
  await decision.close(outcomeOf(exchange, decision, "complete"));
}

/** The caller, with what was claimed of the subject before. */
export function withClaims(caller: Caller, before: RequestClaims): Caller {
  return { ...caller, claims: joinRequestClaims(caller.claims, before) };
}
