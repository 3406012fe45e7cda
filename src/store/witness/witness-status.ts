import type { MonotonicMs } from "../../base/index.ts";

/** What the last attempt came to. */
export interface WitnessStatus {
  readonly name: string;
  readonly result: "none" | "cosigned" | "unreachable" | "refused";
  /** The HTTP status of a refusal. */
  readonly refusedWith: number | null;
  /** Since the process began. */
  readonly cosignatureCount: number;
  /** The last cosignature that this process got; null while there was none. */
  readonly lastCosigned: {
    readonly origin: string;
    readonly size: number;
    readonly atMs: MonotonicMs;
  } | null;
}
