// Ways in which a simulated engine can go wrong, so that what is in front of it can be tested.
// Whoever opens it owns its state.
import { fail, isObject, ok, parseJson, type Result } from "../../base/index.ts";

/**
 * `after` says how many of the things that the mode spoils stay sound first: inference requests, or the chunks of
 * each streamed answer. `/sim/*` always works. All modes but `down` leave `/health`, `/metrics` and `/v1/models` alone.
 *
 * | mode           | what happens                                                          | `after` counts      |
 * |----------------|-----------------------------------------------------------------------|---------------------|
 * | `none`         | nothing is wrong                                                      |                     |
 * | `down`         | every connection is accepted, then reset without an answer            | requests, default 0 |
 * | `refuse`       | 503 with `Retry-After: 1`                                             | requests, default 0 |
 * | `slow`         | every step takes ten times as long, and 20 ms at least                | requests, default 0 |
 * | `wrong-region` | the answer is sound, and states a foreign place                       | requests, default 0 |
 * | `hang`         | nothing more is sent, the connection stays open                       | chunks, default 0   |
 * | `cut`          | the connection ends inside the answer                                 | chunks, default half of them |
 * | `error`        | 500; from 1 on, a stream's last event is an error                     | chunks, default 0   |
 *
 * An answer that is not streamed has no chunks: `hang` sends nothing, `cut` half of the body, `error` 500.
 */
export const faultModes = ["none", "down", "refuse", "slow", "hang", "cut", "error", "wrong-region"] as const;
export type FaultMode = (typeof faultModes)[number];

export interface Fault {
  readonly mode: FaultMode;
  /** Null: the mode's default. */
  readonly after: number | null;
}

export const noFault: Fault = { mode: "none", after: null };

const modesOfRequests: ReadonlySet<FaultMode> = new Set(["down", "refuse", "slow", "wrong-region"]);

/** The body of `POST /sim/fault`: `{"mode":"cut","after":3}`. */
export function parseFault(text: string): Result<Fault, string> {
  const value = parseJson(text);
  if (!isObject(value)) return fail("expected a JSON object");
  const mode = faultModes.find((candidate) => candidate === value["mode"]);
  if (!mode) return fail(`\`mode\` must be one of ${faultModes.join(", ")}`);
  const after = value["after"] ?? null;
  if (after !== null && !(Number.isSafeInteger(after) && (after as number) >= 0)) {
    return fail("`after` must be a whole number from 0");
  }
  return ok({ mode, after: after as number | null });
}

/** The fault that is set, and how many requests are still spared. */
export class FaultSwitch {
  #fault: Fault = noFault;
  #sparedRequests = 0;

  set(fault: Fault): void {
    this.#fault = fault;
    this.#sparedRequests = modesOfRequests.has(fault.mode) ? (fault.after ?? 0) : 0;
  }

  /** Whether connections are reset, whatever they ask for. */
  get isDown(): boolean {
    return this.#fault.mode === "down" && this.#sparedRequests === 0;
  }

  /** What befalls the inference request that has just come. Each call counts as one request. */
  take(): Fault {
    if (this.#sparedRequests === 0) return this.#fault;
    this.#sparedRequests--;
    return noFault;
  }
}
