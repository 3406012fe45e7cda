// One question, what was counted for it, and everything that speaks against the cell.
import type { Alarm } from "../../src/telemetry/index.ts";
import type { Stage } from "./stage.ts";

/** What the tool saw, and the law that it knows. */
export type Seen = Pick<Stage, "journal" | "law">;

/** What a part of the soak brings with it, and what is no fault there. */
export interface Expected {
  /** What is to ring beside what every part brings. */
  readonly also?: readonly Alarm[];
  /** What may ring beside that. */
  readonly may?: readonly Alarm[];
  /** There are more callers than connections: some are turned away at the door, and idle ones make room (decision 0034). */
  readonly isCrowded?: boolean;
}

export interface Verdict {
  readonly question: string;
  readonly figures: Readonly<Record<string, number | string>>;
  /** The first of them; empty: it holds. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

/** Of one kind of fault nobody reads hundreds. */
const mostTold = 8;

export function verdict(question: string, figures: Verdict["figures"], faults: readonly string[]): Verdict {
  const untold = faults.length - mostTold;
  const told = untold > 0 ? [...faults.slice(0, mostTold), `and ${untold} more`] : faults;
  return { question, figures, faults: told, faultCount: faults.length };
}
