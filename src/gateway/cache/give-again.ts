import { formatSseComment } from "../../wire/index.ts";
import { formatPosition } from "../../store/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import { outcomeOf } from "../reply/outcome.ts";
import { openEvents, writeAnswer } from "../reply/write-answer.ts";
import type { FoundAnswer } from "./find-answer.ts";

/**
 * As {@link reply} releases an answer from an endpoint: the same bytes as the first time, and its end after the outcome is on
 * disk, which says whose answer it is. The events of a stream come all at once.
 */
export async function giveAgain(
  exchange: Exchange,
  { isStream, body, closing }: FoundAnswer,
  decision: OpenDecision,
): Promise<void> {
  exchange.progress.status = 200;
  await decision.commit(body);
  const sink = isStream ? openEvents(exchange) : null;
  await sink?.write(body);
  await decision.endRecord();
  const outcome = await decision.close(outcomeOf(exchange, decision, "complete"));
  exchange.throwIfStopped();
  if (sink === null) {
    await writeAnswer(exchange, { status: 200, headers: { "content-type": "application/json" }, body });
    return;
  }
  const facts = `bailiwick-ledger ${exchange.progress.ledger} outcome=${formatPosition(outcome)} cache=hit`;
  await sink.write(formatSseComment(facts));
  exchange.progress.isTaken = await sink.end(Buffer.from(closing).toString("utf8"));
}
