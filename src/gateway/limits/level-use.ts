import type { Bucket } from "./bucket.ts";

/** What one level uses now. It is forgotten with the process; what was spent is not (spend-tally.ts). */
export interface LevelUse {
  concurrent: number;
  /** Null until a limit of the kind was asked. */
  requests: Bucket | null;
  tokens: Bucket | null;
}
