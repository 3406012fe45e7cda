// Owner: the control thread, or the command that opened the state of a cell that does not run.
import type { CellId, EndpointId } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import type { Quarantine } from "../../store/index.ts";

/** What was seen of the endpoint: where one answer came from, or where its provider says that it may compute. */
export type QuarantineReason = "violation" | "region_added";

interface QuarantinesOptions {
  /** When the log was opened. */
  readonly standing: readonly Quarantine[];
  /** Whether the policy in force has it as one of this cell. */
  readonly isNamed: (endpoint: EndpointId) => boolean;
  /** Resolves when the endpoint gets no more requests wherever some are served. */
  readonly impose: (endpoint: EndpointId, reason: QuarantineReason) => Promise<void>;
  /** Resolves when the endpoint gets requests again wherever some are served. */
  readonly lift: (endpoint: EndpointId) => Promise<void>;
}

/** Which endpoints wait for a person. INVARIANT: each is on record before it is here, and its release before it is gone. */
export class Quarantines {
  readonly #options: QuarantinesOptions;
  readonly #standing: Map<EndpointId, Quarantine>;
  /** Those that are on their way to the record: whoever sees the same meanwhile waits for them. */
  readonly #pending = new Map<EndpointId, Promise<void>>();

  constructor(options: QuarantinesOptions) {
    this.#options = options;
    this.#standing = new Map(options.standing.map((quarantine) => [quarantine.endpoint, quarantine]));
  }

  get standing(): readonly Quarantine[] {
    return Array.from(this.#standing.values());
  }

  isNamed(endpoint: EndpointId): boolean {
    return this.#options.isNamed(endpoint);
  }

  /** The first one stands. */
  add(quarantine: Quarantine): void {
    if (!this.#standing.has(quarantine.endpoint)) this.#standing.set(quarantine.endpoint, quarantine);
  }

  /**
   * Resolves when the endpoint is in quarantine and that is on record; true where it was not before. It gets no more requests
   * before `record` is called, for a slow disk must not let another one there.
   */
  async begin(
    endpoint: EndpointId,
    reason: QuarantineReason,
    record: () => Promise<Quarantine>,
  ): Promise<boolean> {
    if (this.#standing.has(endpoint)) return false;
    const pending = this.#pending.get(endpoint);
    if (pending !== undefined) {
      await pending;
      return false;
    }
    const begun = this.#begin(endpoint, reason, record).finally(() => this.#pending.delete(endpoint));
    this.#pending.set(endpoint, begun);
    await begun;
    return true;
  }

  /** To be called once the release is on record. */
  async lift(endpoint: EndpointId): Promise<void> {
    this.#standing.delete(endpoint);
    await this.#options.lift(endpoint);
  }

  async #begin(
    endpoint: EndpointId,
    reason: QuarantineReason,
    record: () => Promise<Quarantine>,
  ): Promise<void> {
    await this.#options.impose(endpoint, reason);
    this.add(await record());
  }
}

export function namesEndpoint({ law }: Policy, cell: CellId, endpoint: EndpointId): boolean {
  return law.endpoints.some((each) => each.id === endpoint && each.cell === cell);
}
