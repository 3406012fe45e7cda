// The way of a request (DESIGN §3), outermost first. Every stage returns what the next ones need or throws what the
// error edge tells the caller; none of them writes an error itself. Up to `readChat` nothing but headers was read.
import type { Exchange } from "./exchange.ts";
import { admit } from "./stages/admit.ts";
import { classify } from "./stages/classify.ts";
import { modelFor, ruleOnHeaders, ruleOnModel } from "./stages/decide.ts";
import { dispatch } from "./stages/dispatch.ts";
import { identify } from "./stages/identify.ts";
import { factsOf, locate } from "./stages/locate.ts";
import { readChat } from "./stages/read.ts";
import { openDocket, uphold } from "./stages/record.ts";
import { reply } from "./stages/reply.ts";
import { steer } from "./stages/steer.ts";
import { subjectKey } from "./stages/subject.ts";

export async function answerChat(exchange: Exchange): Promise<void> {
  exchange.progress.route = "chat_completions";
  const caller = await identify(exchange);
  // Before the decision: else one key could fill the ledger with refusals faster than its limit.
  admit(exchange, caller);
  const key = await subjectKey(exchange, caller);
  const places = locate(exchange, caller);
  const classes = classify(exchange, caller);
  const facts = factsOf(exchange, caller, { places, classes });
  // A refusal is recorded as a permit is, and then thrown.
  const lawful = await uphold(exchange, { caller, facts, chat: null, key }, ruleOnHeaders(exchange, facts));
  const chat = await readChat(exchange);
  const model = modelFor(exchange, caller.tenant, chat.model);
  const course = steer(exchange, { facts, lawful, model });
  const matter = { caller, facts, chat, key };
  const ruling = await uphold(exchange, matter, ruleOnModel(exchange, lawful, { model, course }));
  const docket = openDocket(exchange, matter, ruling);
  // For an endpoint outside the cell, dispatch waits until the docket is durable before a byte leaves.
  const answer = await dispatch(exchange, { model, ranking: course.ranking, chat, docket });
  // Releases nothing before the decision is durable, and closes nothing before the outcome is.
  await reply(exchange, answer, docket);
}
