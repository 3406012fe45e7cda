import type { BudgetAnswer, BudgetAsk, ShareAnswer, ShareAsk } from "./grants.ts";

/** One replica of a cell, as it names itself to the others. */
export interface ReplicaName {
  /** Which limits are meant: of one cell of one deployment. */
  readonly scope: string;
  readonly replica: string;
  /** Of how many, at most. */
  readonly replicas: number;
  /** Of this process: two that have one name are told apart. */
  readonly incarnation: string;
}

export interface LeaseAsks {
  readonly shares: readonly ShareAsk[];
  readonly budgets: readonly BudgetAsk[];
}

export interface LeaseAnswers {
  readonly shares: readonly ShareAnswer[];
  readonly budgets: readonly BudgetAnswer[];
}

/** Where replicas agree. INVARIANT: an exchange is answered, or rejects, within {@link leaseAnswerMs}. */
export interface LeaseStore {
  /** Null: another process has the replica's name, or there are more replicas than there may be. */
  exchange(asks: LeaseAsks): Promise<LeaseAnswers | null>;
  /** Gives back what the replica holds, so that the others need not wait until its leases are over. */
  leave(): Promise<void>;
}

/** From the moment at which the replica asks; by the store's own clock it is over later. */
export const leaseMs = 3_000;
export const leaseAnswerMs = 1_000;

/** What it says is no answer. */
export class LeaseGarbageError extends Error {
  constructor(column: string) {
    super(`the lease store gave something as \`${column}\` that is no amount`);
    this.name = "LeaseGarbageError";
  }
}
