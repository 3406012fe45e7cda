import { formatModelList } from "../wire/index.ts";
import type { Exchange } from "./exchange.ts";
import { admit } from "./stages/admit.ts";
import { classify } from "./stages/classify.ts";
import { identify } from "./stages/identify.ts";
import { factsOf, locate } from "./stages/locate.ts";
import { writeAnswer } from "./write-answer.ts";

/**
 * The models that this caller may use through this cell: those of its tenant with a lawful endpoint here. None is an
 * empty list, not an error. Nothing of a subject is sent anywhere, so nothing is recorded.
 */
export async function listModels(exchange: Exchange): Promise<void> {
  exchange.progress.route = "models";
  const { cell } = exchange;
  const caller = await identify(exchange);
  admit(exchange, caller);
  const claims = { places: locate(exchange, caller), classes: classify(exchange, caller) };
  const decision = cell.decider.decide(factsOf(exchange, caller, claims), cell.now());
  const lawful = decision.kind === "permit" ? decision.permit.terms.endpoints : [];
  const here = lawful.filter((endpoint) => endpoint.cell === cell.cell);
  const allowed = caller.tenant.models ?? Array.from(cell.policy.models.keys());
  const usable = allowed.filter((alias) =>
    here.some(({ id }) => cell.policy.models.get(alias)?.servedBy.has(id)),
  );
  const body = formatModelList(usable, cell.policy.deployment);
  writeAnswer(exchange, { status: 200, headers: { "content-type": "application/json" }, body });
}
