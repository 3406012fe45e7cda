import type { Facts } from "./facts.ts";
import type { Moment } from "./moment.ts";
import type { DeclaredMechanism } from "./regime.ts";

/** What rules are read against: one request, one instant, and what the tenants have declared. */
export interface Reading {
  readonly facts: Facts;
  readonly moment: Moment;
  readonly mechanisms: readonly DeclaredMechanism[];
}
