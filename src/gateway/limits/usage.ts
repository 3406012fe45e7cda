// What a request used, by its outcome's own words: so it is the same while the cell runs and when it reads its ledger.
import type { EndpointId } from "../../base/index.ts";
import type { ModelTokens, Money, Price } from "../../config/index.ts";
import type { AttemptView, OutcomeEntry, TokenCounts } from "../../ledger/index.ts";
import type { RequestView } from "../../wire/index.ts";

export interface Told {
  readonly result: OutcomeEntry["result"];
  readonly attempts: readonly Pick<AttemptView, "endpoint" | "sent" | "failure" | "usage">[];
  /** Position in `attempts` of the one whose answer was given; null where there was none. */
  readonly answeredBy: number | null;
}

/** What one attempt used; null: nobody knows. */
export interface Usage {
  readonly endpoint: EndpointId;
  readonly tokens: TokenCounts | null;
}

/** Of each attempt that may have used anything. */
export function usagesOf({ result, attempts, answeredBy }: Told): readonly Usage[] {
  return attempts.flatMap(({ endpoint, sent, failure, usage }, at) => {
    const isFree = at === answeredBy ? result === "refused" : isRefused(failure);
    return usage === null && (sent === false || isFree) ? [] : [{ endpoint, tokens: usage }];
  });
}

/** An engine that answers with an error's status instead of an answer computed nothing that it counts. */
function isRefused(failure: string | null): boolean {
  return failure?.startsWith("status_") ?? false;
}

export type TokenBound = Pick<TokenCounts, "input" | "output">;

/**
 * The most that one attempt can use. No tokeniser makes more tokens of a text than it has bytes, and the body has more of
 * those than its text; what a picture is to a model, its `context` bounds alone, which is one for each prompt.
 */
export function boundOf(
  { body, answerBound }: Pick<RequestView, "body" | "answerBound">,
  { context, output }: ModelTokens,
): TokenBound {
  const { prompts, tokens, answers, bytes = body.length } = answerBound;
  return {
    input: Math.min(bytes, prompts * context),
    output: answers * Math.min(tokens ?? output, output),
  };
}

export function costOf({ input, cached, output }: TokenCounts, price: Price): Money {
  const known = Math.min(cached, input);
  return BigInt(input - known) * price.input + BigInt(known) * price.cached + BigInt(output) * price.output;
}

/** By each member the dearest: nobody's cost is more. Null for nobody's. */
export function dearestOf(prices: readonly Price[]): Price | null {
  const [first, ...others] = prices;
  if (first === undefined) return null;
  return others.reduce(
    (dearest, { input, cached, output }) => ({
      ...dearest,
      input: greater(dearest.input, input),
      cached: greater(dearest.cached, cached),
      output: greater(dearest.output, output),
    }),
    first,
  );
}

/** A bound is of tokens that nobody had read before, unless those are dearer. */
export function mostCostOf({ input, output }: TokenBound, price: Price): Money {
  return BigInt(input) * greater(price.input, price.cached) + BigInt(output) * price.output;
}

function greater(left: Money, right: Money): Money {
  return left > right ? left : right;
}
