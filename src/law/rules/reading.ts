import type { Facts } from "../policy/facts.ts";
import type { Moment } from "../policy/moment.ts";
import type { DeclaredMechanism } from "../policy/regime.ts";

/** What rules are read against: one request, one instant, and what the tenants have declared. */
export interface Reading {
  readonly facts: Facts;
  readonly moment: Moment;
  readonly mechanisms: readonly DeclaredMechanism[];
  /** Whether ways out are looked for: to find them all costs as much as to decide, and no request is served by them. */
  readonly tellsWays: boolean;
}
