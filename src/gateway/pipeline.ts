// The way of a request (DESIGN §3), outermost first. Every stage returns what the next ones need or throws what the
// error edge tells the caller; none of them writes an error itself. Up to `readView` nothing but headers was read, and
// nothing here knows a dialect or a socket.
import type { Model } from "../config/index.ts";
import type { Subject, SubjectKey } from "../keys/index.ts";
import type { EngineOperation, RequestView } from "../wire/index.ts";
import type { DispatchRequest } from "./dispatch/dispatch-request.ts";
import { dispatch, nothingTried } from "./dispatch/dispatch.ts";
import { type CacheUse, cacheUse } from "./cache/cache-use.ts";
import { collectAnswer } from "./cache/collect-answer.ts";
import { type FoundAnswer, findAnswer } from "./cache/find-answer.ts";
import { giveAgain } from "./cache/give-again.ts";
import { keepAnswer } from "./cache/keep-answer.ts";
import { OvertakenError, type PresentLaw, presentLaw } from "./dispatch/present-law.ts";
import type { Answer, OneAnswer } from "./exchange/answer.ts";
import type { Soon } from "./exchange/channel.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { OpenDecision } from "./exchange/open-decision.ts";
import type { DecisionRequest, PermitRuling, RefusalRuling } from "./exchange/ruling.ts";
import { identify } from "./identify/identify.ts";
import { outcomeOf } from "./reply/outcome.ts";
import { marksOf } from "./pins/marks-of.ts";
import { type Pin, pinOf } from "./pins/pin.ts";
import { reply } from "./reply/reply.ts";
import { holdSession } from "./session/hold-session.ts";
import type { SessionRequest } from "./session/session-request.ts";
import { admitSession } from "./stages/admit-session.ts";
import { admitWithFacts } from "./stages/admit-caller.ts";
import { withCounts } from "./stages/count.ts";
import { chooseRoute } from "./stages/choose-route.ts";
import { lawTooFast, maxRevisions, modelFor, ruleOnHeaders, ruleOnModel } from "./stages/decide.ts";
import { requireOneModel } from "./stages/one-model.ts";
import { readView } from "./stages/read.ts";
import { refuseExits } from "./stages/refuse-exits.ts";
import { endOvertaken, openDecision, recordRefusal } from "./stages/record.ts";
import { reserve } from "./stages/reserve.ts";
import { untranslatableFor } from "./stages/untranslatable.ts";
import { keyOfMonth, refusalKey, subjectKey, subjectOf } from "./stages/subject.ts";

/** For an operation that an engine answers. Of all stages only those are awaited that may have something to wait for. */
export async function answerByEngine(exchange: Exchange, operation: EngineOperation): Promise<void> {
  exchange.progress.genAiName = operation.genAiName;
  const caller = await identify(exchange);
  const facts = admitWithFacts(exchange, caller);
  if (operation.body === "events") admitSession(exchange, caller);
  const asked = { caller, facts, kind: facts, subject: subjectOf(exchange, caller), revision: 0 };
  const lawful = await requireLawful(exchange, asked);
  const view = await readView(exchange, operation);
  const { answer, ...decided } = await answerLawfully(exchange, { operation, view, asked, lawful });
  const { decision, cache } = decided;
  // Releases nothing before the decision is durable, and closes nothing before the outcome is.
  if (answer.kind === "cached") await giveAgain(exchange, answer, decision);
  else if (answer.kind === "session") await holdSession(exchange, answer, sessionOf(operation, decided));
  else if (cache === null) await reply(exchange, answer, decision);
  else await replyAndKeep(exchange, answer, { decision, cache });
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

interface Answered extends Decided {
  readonly answer: Answer | FoundAnswer;
}

interface Decided {
  readonly decision: OpenDecision;
  /** Null: nothing of it may be kept, or be an answer that was. */
  readonly cache: CacheUse | null;
  readonly model: Model;
  readonly law: PresentLaw;
  readonly asked: Pick<DecisionRequest, "caller" | "facts" | "key">;
}

/** By the headers alone. A refusal is recorded as a permit is, and then thrown. */
function requireLawful(exchange: Exchange, asked: AskedRequest): Soon<PermitRuling> {
  const facts = withCounts(exchange, asked.facts);
  const ruling = ruleOnHeaders(exchange, facts);
  return ruling.kind === "permit" ? ruling : refuseUnread(exchange, { ...asked, facts }, ruling);
}

async function refuseUnread(
  exchange: Exchange,
  asked: AskedRequest,
  ruling: RefusalRuling,
): Promise<PermitRuling> {
  const key = await refusalKey(exchange, asked.subject);
  return recordRefusal(exchange, { ...asked, key, view: null }, ruling);
}

/** Decides and dispatches; and again, under the events of then, whenever the law overtakes it before an answer began. */
async function answerLawfully(exchange: Exchange, request: LawfulRequest): Promise<Answered> {
  let { asked, lawful } = request;
  const tried = nothingTried();
  while (asked.revision < maxRevisions) {
    const model = modelFor(exchange, asked.caller.tenant, request.view);
    refuseExits(request.view, model);
    requireOneModel(request.operation, model);
    const pinning = pinOf(exchange, {
      view: request.view,
      model,
      keyAt: (atMs) => keyOfMonth(exchange, asked.subject, atMs),
    });
    const pin = pinning && (await pinning);
    // From here on something of the request is recorded, whatever the ruling: a commitment to its body.
    const key = await subjectKey(exchange, asked.subject);
    const decided = await decide(exchange, { ...request, asked, lawful }, { model, key, pin });
    try {
      // For an endpoint outside the cell, dispatch waits until the decision is durable before a byte leaves.
      const found = decided.cache && (await findAnswer(exchange, decided.cache, decided.decision));
      return { ...decided, answer: found ?? (await dispatch(exchange, decided, tried)) };
    } catch (error) {
      if (!(error instanceof OvertakenError)) throw error;
    }
    await endOvertaken(exchange, decided.decision);
    asked = { ...asked, revision: asked.revision + 1 };
    lawful = await requireLawful(exchange, asked);
  }
  throw lawTooFast();
}

/** INVARIANT: from the count to `openDecision`, which adds to it, a permit waits for nothing. */
function decide(
  exchange: Exchange,
  { operation, view, asked, lawful }: LawfulRequest,
  { model, key, pin }: { readonly model: Model; readonly key: SubjectKey; readonly pin: Pin | null },
): Soon<DispatchRequest & Decided> {
  const { caller, subject } = asked;
  const facts = withCounts(exchange, asked.facts);
  const request = { ...asked, facts, view, key };
  const present = facts === asked.facts ? lawful : ruleOnHeaders(exchange, facts);
  if (present.kind === "refusal") return recordRefusal(exchange, request, present);
  const { ranking, allowsTransfers } = chooseRoute(exchange, { facts, lawful: present, model });
  const untranslatable = untranslatableFor(exchange, operation, view, model);
  const bound = { model, plan: { ranking, allowsTransfers }, operation, untranslatable, caller, pin };
  const ruling = ruleOnModel(exchange, present, bound);
  if (ruling.kind === "refusal") return recordRefusal(exchange, request, ruling);
  const hold = reserve(exchange, { caller, view, model, permit: ruling.permit });
  const decision = openDecision(exchange, request, ruling);
  hold?.covers(() => outcomeOf(exchange, decision, decision.result ?? "failed"));
  const law = presentLaw(exchange, facts);
  const cache = cacheUse(exchange, { ...bound, view, subject, key, facts, permitted: ruling, law });
  const {
    credentials: [credential],
    priority,
  } = caller;
  return {
    operation,
    model,
    ranking,
    caller: credential,
    priority,
    view,
    decision,
    law,
    pin,
    marksOf: marksOf(exchange, { model, key }),
    cache,
    asked: request,
  };
}

function sessionOf(operation: EngineOperation, { asked, decision, model, law }: Decided): SessionRequest {
  if (operation.body !== "events") throw new TypeError(`\`${operation.name}\` has no sessions`);
  const { caller, facts, key } = asked;
  return { operation, model, caller, facts, decision, law, subject: key.handle };
}

/** Kept once the caller has it, and its outcome is on disk. */
async function replyAndKeep(
  exchange: Exchange,
  answer: OneAnswer,
  { decision, cache }: { readonly decision: OpenDecision; readonly cache: CacheUse },
): Promise<void> {
  const collected = collectAnswer(exchange, answer, cache.kept.maxBytes);
  await reply(exchange, collected.answer, decision);
  const bytes = collected.bytes();
  if (bytes) await keepAnswer(exchange, cache, { decision, bytes });
}
