import type { Result } from "../../base/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import { headerOf } from "../exchange/request-headers.ts";

/** Values of one signal. */
export const maxSignals = 16;

/**
 * Reads a signal header: one value or several with commas between them (RFC 9110 §5.6.1). One value that cannot be
 * read spoils the whole header, because leaving it out would widen what is lawful.
 */
export function readSignals<Value>(
  exchange: Exchange,
  header: string,
  parse: (text: string) => Result<Value, string>,
): readonly Value[] {
  const text = headerOf(exchange.head, header);
  if (text === null) return [];
  const parts = text.split(",", maxSignals + 1).map((part) => part.trim());
  if (parts.length > maxSignals) throw invalidSignal(header, `more than ${maxSignals} values`);
  return parts.map((part) => {
    const value = parse(part);
    if (!value.ok) throw invalidSignal(header, value.error);
    return value.value;
  });
}

export function invalidSignal(header: string, reason: string): GatewayError {
  return new GatewayError("caller_invalid_signal", `header \`${header}\`: ${reason}`, { param: header });
}
