import type { Place } from "../base/index.ts";
import type { Operator } from "./endpoint.ts";
import type { Moment } from "./moment.ts";

/** The homes from which an operator can be given orders: its own, and that of each parent whose control is in force. */
export function controlledFrom(operator: Operator, moment: Moment): readonly Place[] {
  const inControl = operator.parents.filter(({ validity }) => moment.isInForce(validity));
  return [operator.home, ...inControl.map(({ home }) => home)];
}
