// Owner: the control thread, or the command that opened the state of a cell that does not run.
import type { CellId, EndpointId } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import type { Quarantine } from "../../store/index.ts";

interface QuarantinesOptions {
  /** When the log was opened. */
  readonly standing: readonly Quarantine[];
  /** Whether the policy in force has it as one of this cell. */
  readonly isNamed: (endpoint: EndpointId) => boolean;
  /** Resolves when the endpoint gets no more requests wherever some are served. */
  readonly impose: (endpoint: EndpointId) => Promise<void>;
  /** Resolves when the endpoint gets requests again wherever some are served. */
  readonly lift: (endpoint: EndpointId) => Promise<void>;
}

/** Which endpoints wait for a person. INVARIANT: each is on record before it is here, and its release before it is gone. */
export class Quarantines {
  readonly #options: QuarantinesOptions;
  readonly #standing: Map<EndpointId, Quarantine>;

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

  isStanding(endpoint: EndpointId): boolean {
    return this.#standing.has(endpoint);
  }

  /** To be called before it is on record: a slow disk must not let another request there. {@link add} follows. */
  impose(endpoint: EndpointId): Promise<void> {
    return this.#options.impose(endpoint);
  }

  /** To be called once the release is on record. */
  async lift(endpoint: EndpointId): Promise<void> {
    this.#standing.delete(endpoint);
    await this.#options.lift(endpoint);
  }
}

export function namesEndpoint({ law }: Policy, cell: CellId, endpoint: EndpointId): boolean {
  return law.endpoints.some((each) => each.id === endpoint && each.cell === cell);
}
