import type { CellId, InstantMs } from "../../base/index.ts";
import type { LimitLevel, RequestClaims, Tenant } from "../../config/index.ts";
import type { Priority } from "../../routing/index.ts";

/**
 * Each is named by what was proved of it, so that nobody is counted as two by what it says of itself. There are two where a
 * key or token came over the connection of a certificate; the certificate is the first, and the one that is counted by.
 */
export type Credentials = readonly [string, ...string[]];

/** Who asks, and what its credentials say of the request's subject. */
export interface Caller {
  readonly tenant: Tenant;
  readonly claims: RequestClaims;
  /** All that the request must pass; none where nobody limits it. */
  readonly limits: readonly LimitLevel[];
  readonly priority: Priority;
  /** The other cell whose credential it is, by the policy; null for everybody else. */
  readonly peer: CellId | null;
  readonly credentials: Credentials;
  /** Until when they are good; null where nobody says. A request that has come by then is answered all the same. */
  readonly expiresAtMs: InstantMs | null;
}
