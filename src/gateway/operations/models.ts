import type { ModelAlias } from "../../base/index.ts";
import {
  formatAnthropicError,
  formatAnthropicModel,
  formatAnthropicModelList,
  formatAnthropicStreamError,
  formatModel,
  formatModelList,
} from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { headerOf } from "../exchange/request-headers.ts";
import { identify } from "../identify/identify.ts";
import { admitWithFacts } from "../stages/admit-caller.ts";
import { unknownModel } from "../stages/decide.ts";
import { writeAnswer } from "../reply/write-answer.ts";

const headers = { "content-type": "application/json" };

/** None is an empty list, not an error. */
export async function listModels(exchange: Exchange): Promise<void> {
  const { list } = formatsFor(exchange);
  const body = list(await usableModels(exchange));
  await writeAnswer(exchange, { status: 200, headers, body });
}

/** One that the caller may not use does not exist for it. */
export async function showModel(exchange: Exchange, asked: string | null): Promise<void> {
  const { one } = formatsFor(exchange);
  const usable = await usableModels(exchange);
  const model = usable.find((alias) => alias === asked);
  if (model === undefined) throw unknownModel();
  const body = one(model);
  await writeAnswer(exchange, { status: 200, headers, body });
}

interface Formats {
  readonly list: (ids: readonly ModelAlias[]) => string;
  readonly one: (id: ModelAlias) => string;
}

/** Anthropic's clients ask at the same paths, and say whose they are by a header that they send with every request. */
function formatsFor(exchange: Exchange): Formats {
  const { head, policy } = exchange;
  if (headerOf(head, "anthropic-version") === null) {
    return {
      list: (ids) => formatModelList(ids, policy.deployment),
      one: (id) => formatModel(id, policy.deployment),
    };
  }
  exchange.words = {
    ...exchange.words,
    format: formatAnthropicError,
    formatEvent: formatAnthropicStreamError,
  };
  return { list: formatAnthropicModelList, one: formatAnthropicModel };
}

/**
 * The models that this caller may use through this cell: those of its tenant with a lawful endpoint here. Nothing of a
 * subject is sent anywhere, so nothing is recorded.
 */
async function usableModels(exchange: Exchange): Promise<readonly ModelAlias[]> {
  const caller = await identify(exchange);
  const facts = admitWithFacts(exchange, caller);
  const { cell, inForce } = exchange;
  const { policy, decider } = inForce;
  const decision = decider.decide(facts, cell.now());
  const lawful = decision.kind === "permit" ? decision.permit.terms.endpoints : [];
  const here = lawful.filter((endpoint) => endpoint.cell === cell.cell);
  const allowed = caller.tenant.models ?? Array.from(policy.models.keys());
  return allowed.filter((alias) => here.some(({ id }) => policy.models.get(alias)?.servedBy.has(id)));
}
