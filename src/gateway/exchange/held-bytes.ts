import { overloaded } from "./gateway-error.ts";
import type { Exchange } from "./exchange.ts";

/** Counts bytes that the request holds until it is over. Throws when all requests together would hold too many. */
export function holdBytes(exchange: Exchange, bytes: number): void {
  const { bytesInFlight } = exchange.cell;
  if (!bytesInFlight.take(bytes))
    throw overloaded("bodies and answers under way fill the memory that is meant for them");
  exchange.onEnd(() => bytesInFlight.giveBack(bytes));
}
