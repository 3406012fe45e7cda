/** Owner: the store of one thread. For what goes through all that a tenant has on disk, which takes seconds where that is much. */
export class SharedScans<Found> {
  readonly #scan: (tenant: string) => Promise<Found>;
  readonly #scans = new Map<string, Scan<Found>>();

  constructor(scan: (tenant: string) => Promise<Found>) {
    this.#scan = scan;
  }

  /**
   * INVARIANT: of a tenant one scan runs at a time, however many ask, and also when nobody waits for it any more. Who asks while
   * it runs shares the next one with all who do: the running one may have passed what the asker has just written.
   */
  find(tenant: string): Promise<Found> {
    const running = this.#scans.get(tenant);
    if (running === undefined) return this.#begin(tenant);
    running.next ??= running.over.then(() => this.#begin(tenant));
    return running.next;
  }

  #begin(tenant: string): Promise<Found> {
    const found = this.#scan(tenant);
    const end = (): void => {
      if (scan.next === null) this.#scans.delete(tenant);
    };
    const scan: Scan<Found> = { over: found.then(end, end), next: null };
    this.#scans.set(tenant, scan);
    return found;
  }
}

interface Scan<Found> {
  /** Resolves once it is over, whether it found anything or not. */
  readonly over: Promise<void>;
  /** Begins then. */
  next: Promise<Found> | null;
}
