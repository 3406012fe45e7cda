// The way of a request (DESIGN §3), outermost first. Every stage returns what the next ones need or throws what the
// error edge tells the caller; none of them writes an error itself. Up to `readView` nothing but headers was read, and
// nothing here knows a dialect or a socket.
import type { Subject } from "../keys/index.ts";
import type { EngineOperation, RequestView } from "../wire/index.ts";
import type { DispatchRequest } from "./dispatch/attempt.ts";
import { dispatch, nothingTried, type Tried } from "./dispatch/dispatch.ts";
import { OvertakenError, presentLaw } from "./dispatch/present-law.ts";
import type { Answer } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { OpenDecision } from "./exchange/open-decision.ts";
import type { DecisionRequest, PermitRuling } from "./exchange/ruling.ts";
import { outcomeOf } from "./reply/outcome.ts";
import { reply } from "./reply/reply.ts";
import { admitCaller } from "./stages/admit-caller.ts";
import { withCounts } from "./stages/count.ts";
import { chooseRoute } from "./stages/choose-route.ts";
import { lawTooFast, maxRevisions, modelFor, ruleOnHeaders, ruleOnModel } from "./stages/decide.ts";
import { readView } from "./stages/read.ts";
import { refuseExits } from "./stages/refuse-exits.ts";
import { openDecision, recordRefusal } from "./stages/record.ts";
import { reserve } from "./stages/reserve.ts";
import { refusalKey, subjectKey, subjectOf } from "./stages/subject.ts";

/** For an operation that an engine answers. */
export async function answerByEngine(exchange: Exchange, operation: EngineOperation): Promise<void> {
  exchange.progress.genAiName = operation.genAiName;
  const { caller, facts } = await admitCaller(exchange);
  const asked = { caller, facts, subject: subjectOf(exchange, caller), revision: 0 };
  const lawful = await requireLawful(exchange, asked);
  const view = await readView(exchange, operation);
  const { answer, decision } = await answerLawfully(exchange, { operation, view, asked, lawful });
  // Releases nothing before the decision is durable, and closes nothing before the outcome is.
  await reply(exchange, answer, decision);
}

/** A request before anything of it is recorded, and before there is a key to record it under. */
interface AskedRequest extends Omit<DecisionRequest, "key" | "view"> {
  readonly subject: Subject;
}

interface LawfulRequest {
  readonly operation: EngineOperation;
  readonly view: RequestView;
  readonly asked: AskedRequest;
  /** By the headers alone. */
  readonly lawful: PermitRuling;
}

interface Answered {
  readonly answer: Answer;
  readonly decision: OpenDecision;
}

/** Decides and dispatches; and again, under the events of then, whenever the law overtakes it before an answer began. */
async function answerLawfully(exchange: Exchange, request: LawfulRequest): Promise<Answered> {
  let { asked, lawful } = request;
  const tried = nothingTried();
  while (asked.revision < maxRevisions) {
    const decided = await decide(exchange, { ...request, asked, lawful });
    const answer = await dispatchUnlessOvertaken(exchange, decided, tried);
    if (answer) return { answer, decision: decided.decision };
    asked = { ...asked, revision: asked.revision + 1 };
    lawful = await requireLawful(exchange, asked);
  }
  throw lawTooFast();
}

/** By the headers alone. A refusal is recorded as a permit is, and then thrown. */
async function requireLawful(exchange: Exchange, asked: AskedRequest): Promise<PermitRuling> {
  const facts = withCounts(exchange, asked.facts);
  const ruling = ruleOnHeaders(exchange, facts);
  if (ruling.kind === "permit") return ruling;
  const key = await refusalKey(exchange, asked.subject);
  return recordRefusal(exchange, { ...asked, facts, key, view: null }, ruling);
}

async function decide(
  exchange: Exchange,
  { operation, view, asked, lawful }: LawfulRequest,
): Promise<DispatchRequest> {
  const { caller } = asked;
  const model = modelFor(exchange, caller.tenant, view);
  refuseExits(view, model);
  // From here on something of the request is recorded, whatever the ruling: a commitment to its body.
  const key = await subjectKey(exchange, asked.subject);
  // INVARIANT: from the count to `openDecision`, which adds to it, a permit waits for nothing.
  const facts = withCounts(exchange, asked.facts);
  const request = { ...asked, facts, view, key };
  const counted = facts === asked.facts ? lawful : ruleOnHeaders(exchange, facts);
  const present = counted.kind === "permit" ? counted : await recordRefusal(exchange, request, counted);
  const plan = chooseRoute(exchange, { facts, lawful: present, model });
  const ruling = ruleOnModel(exchange, present, { model, plan, operation, caller });
  const permitted = ruling.kind === "permit" ? ruling : await recordRefusal(exchange, request, ruling);
  const hold = reserve(exchange, { caller, view, model, permit: permitted.permit });
  const decision = openDecision(exchange, request, permitted);
  hold?.covers(() => outcomeOf(exchange, decision, decision.result ?? "failed"));
  const { credential } = caller;
  return {
    operation,
    model,
    ranking: plan.ranking,
    caller: credential,
    view,
    decision,
    law: presentLaw(exchange, facts),
  };
}

/** Null when the decision does not hold any more: it is closed then, and the request lives under the events of now. */
async function dispatchUnlessOvertaken(
  exchange: Exchange,
  request: DispatchRequest,
  tried: Tried,
): Promise<Answer | null> {
  try {
    // For an endpoint outside the cell, dispatch waits until the decision is durable before a byte leaves.
    return await dispatch(exchange, request, tried);
  } catch (error) {
    if (!(error instanceof OvertakenError)) throw error;
    await request.decision.close(outcomeOf(exchange, request.decision, "redecided"));
    exchange.progress.decision = null;
    exchange.underPresentEvents();
    return null;
  }
}
