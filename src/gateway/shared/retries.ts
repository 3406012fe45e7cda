// Owner: the gateway's thread. How many more attempts the requests of each model may make in this process.
import type { ModelAlias, MonotonicClock } from "../../base/index.ts";
import { RetryBudget, type RetryShare } from "../../routing/index.ts";
import type { Meters } from "./meters.ts";

interface RetriesOptions {
  readonly share: RetryShare;
  readonly meters: Pick<Meters, "retry">;
  readonly monotonicNow: MonotonicClock;
}

/** Names that reloads have brought must not stay for ever. */
const maxModels = 4_096;

export class Retries {
  readonly #options: RetriesOptions;
  readonly #budgets = new Map<ModelAlias, RetryBudget>();

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /** An attempt is made: the first of its request, or one more. */
  note(model: ModelAlias, isFirst: boolean): void {
    const budget = this.#budgetOf(model);
    const now = this.#options.monotonicNow();
    if (isFirst) {
      budget.noteFirst(now);
      return;
    }
    budget.noteRetry(now);
    this.#options.meters.retry(model, "made");
  }

  /** Whether a request of the model may make one more attempt now; counts the one that it may not. */
  allow(model: ModelAlias): boolean {
    const isAllowed = this.#budgetOf(model).allows(this.#options.monotonicNow());
    if (!isAllowed) this.#options.meters.retry(model, "withheld");
    return isAllowed;
  }

  #budgetOf(model: ModelAlias): RetryBudget {
    const known = this.#budgets.get(model);
    if (known) return known;
    if (this.#budgets.size >= maxModels) this.#budgets.clear();
    const budget = new RetryBudget(this.#options.share);
    this.#budgets.set(model, budget);
    return budget;
  }
}
