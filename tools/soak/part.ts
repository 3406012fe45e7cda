import type { Stage } from "./stage.ts";
import type { Verdict } from "./verdict.ts";

export interface PartOptions {
  /** The part's own; removed afterwards. */
  readonly directory: string;
  readonly seed: number;
  /** That serve callers. */
  readonly threads: number;
  readonly requestsPerSecond: number;
  readonly lengthMs: number;
  /** Somebody wants it to end. */
  readonly signal: AbortSignal;
  /** For the progress, and to be cleared whatever happens. */
  readonly onStage: (stage: Stage) => void;
}

export interface Part {
  readonly name: string;
  /** Null where the machine does not allow it. */
  run(options: PartOptions): Promise<readonly Verdict[] | null>;
  /** What it needs, for whoever reads that it was skipped. */
  readonly needs: string;
}
