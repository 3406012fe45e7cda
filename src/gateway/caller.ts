import type { RequestClaims, Tenant } from "../config/index.ts";

/** Who asks, by one credential, and what that credential says of the request's subject. */
export interface Caller {
  readonly tenant: Tenant;
  readonly claims: RequestClaims;
}
