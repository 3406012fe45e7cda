import { includesPlace, type Place, type PlaceSet } from "../../base/index.ts";
import type { Operator } from "../policy/endpoint.ts";
import type { Moment } from "../policy/moment.ts";

/**
 * The homes from which orders about the data can be given: the operator's own, that of each parent whose control is in
 * force, and those of everybody whom it lets have the data.
 */
export function controlledFrom(operator: Operator, moment: Moment): readonly Place[] {
  const { home, parents, recipients } = operator;
  const others = [...parents, ...recipients].filter(({ validity }) => moment.isInForce(validity));
  return others.length === 0 ? [home] : [home, ...others.map((control) => control.home)];
}

/** The same, but for an operator at home in `except`, whose owners are not looked at. */
export function controlBeyond(except: PlaceSet, operator: Operator, moment: Moment): readonly Place[] {
  const isSpared = except.size > 0 && includesPlace(except, operator.home);
  return controlledFrom(isSpared ? { ...operator, parents: [] } : operator, moment);
}
