import type { Model } from "../../config/index.ts";
import type { Facts } from "../../law/index.ts";
import type { SessionOperation } from "../../wire/index.ts";
import type { PresentLaw } from "../dispatch/present-law.ts";
import type { Caller } from "../exchange/caller.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";

/** What was decided on, and by. */
export interface SessionRequest {
  readonly operation: SessionOperation;
  readonly model: Model;
  readonly caller: Caller;
  readonly facts: Facts;
  readonly decision: OpenDecision;
  readonly law: PresentLaw;
  /** The handle of the key that it is recorded under. */
  readonly subject: string;
}
