// Owner: the gateway's thread, which counts for the whole cell. With several threads it is the control thread's, as the
// tally of people is (shared/transfer-tally.ts).
import { dayMs, type InstantMs, type TenantId } from "../../base/index.ts";
import type { Money } from "../../config/index.ts";

/**
 * What tenants with a budget have spent. INVARIANT: never less than the ledger holds: a request is in it, at the most that
 * it may cost, before anything is sent, and at what it cost once that is known.
 *
 * Nothing of it is on disk: if we crash, the next start reads it from the ledger (ledger-spend.ts).
 */
export class SpendTally {
  readonly #tenants = new Map<TenantId, TenantSpend>();

  /** One that had no budget before begins with nothing. */
  of(tenant: TenantId): TenantSpend {
    const spend = this.#tenants.get(tenant) ?? new TenantSpend();
    this.#tenants.set(tenant, spend);
    return spend;
  }
}

/** By the day of UTC: all periods are made of days. */
class TenantSpend {
  readonly #days = new Map<number, Money>();
  /** INVARIANT: what the days from `firstDay` on add up to; kept, since each request asks. */
  #sum: { firstDay: number; amount: Money } = { firstDay: 0, amount: 0n };
  #held: Money = 0n;

  /** Counts the most that a request may cost, until the function that is returned says what it did. */
  hold(atMs: InstantMs, most: Money): (cost: Money) => void {
    this.add(atMs, most);
    this.#held += most;
    return (cost) => {
      this.add(atMs, cost - most);
      this.#held -= most;
    };
  }

  add(atMs: InstantMs, amount: Money): void {
    const day = Math.floor(atMs / dayMs);
    this.#days.set(day, (this.#days.get(day) ?? 0n) + amount);
    if (day >= this.#sum.firstDay) this.#sum.amount += amount;
  }

  /** With what is held; and with what counts for later days, which the clock that asks may not have reached. */
  since(sinceMs: InstantMs): Money {
    const firstDay = Math.floor(sinceMs / dayMs);
    if (firstDay !== this.#sum.firstDay) this.#sum = { firstDay, amount: this.#sumFrom(firstDay) };
    return this.#sum.amount;
  }

  /** For requests under way, of whichever day. */
  get held(): Money {
    return this.#held;
  }

  #sumFrom(firstDay: number): Money {
    let amount = 0n;
    for (const [day, spent] of this.#days) if (day >= firstDay) amount += spent;
    return amount;
  }
}
