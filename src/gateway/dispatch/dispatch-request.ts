import type { Model } from "../../config/index.ts";
import type { Priority, Ranking } from "../../routing/index.ts";
import type { EngineOperation, RequestView } from "../../wire/index.ts";
import type { OpenDecision } from "../exchange/open-decision.ts";
import type { MarksOf } from "../pins/marks-of.ts";
import type { Pin } from "../pins/pin.ts";
import type { PresentLaw } from "./present-law.ts";

export interface DispatchRequest {
  readonly operation: EngineOperation;
  readonly model: Model;
  readonly ranking: Ranking;
  /** The credential that asks. */
  readonly caller: string;
  readonly priority: Priority;
  readonly view: RequestView;
  /** INVARIANT: its permit names endpoints of this cell only, all of which serve the model; nothing else is asked. */
  readonly decision: OpenDecision;
  readonly law: PresentLaw;
  /** INVARIANT: where there is one, the permit names its endpoint alone. */
  readonly pin: Pin | null;
  /** Null where nothing of the answer is marked. */
  readonly marksOf: MarksOf | null;
}
