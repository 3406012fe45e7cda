import type { Model } from "../../config/index.ts";
import type { EngineOperation } from "../../wire/index.ts";
import { GatewayError } from "../exchange/gateway-error.ts";

/**
 * Answers that are compared with those of other requests must all come from one model: vectors of two lie in two spaces, and
 * whoever mixes them finds nonsense without an error. Which model an engine runs is known by the name that it has there.
 */
export function requireOneModel({ isCompared, path }: EngineOperation, { alias, servedBy }: Model): void {
  if (!isCompared) return;
  const names = new Set(Array.from(servedBy.values(), ({ model }) => model));
  if (names.size === 1) return;
  throw new GatewayError(
    "caller_invalid_request",
    `the endpoints of \`${alias}\` know it by ${names.size} names, and answers of \`${path}\` by two models cannot be compared; its operator must give each its own alias`,
    { param: "model" },
  );
}
