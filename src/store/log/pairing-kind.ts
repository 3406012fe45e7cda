import type { RequestId } from "../../base/index.ts";

/** How an entry takes part in what has to be known of a log without reading all of it. */
export type Pairing =
  | { readonly kind: "none" }
  | { readonly kind: "opens"; readonly rid: RequestId }
  | { readonly kind: "closes"; readonly rid: RequestId }
  /** Stands between the two, and so in the same log, even if the month has ended meanwhile. */
  | { readonly kind: "within"; readonly rid: RequestId }
  /** Says whether an endpoint gets requests. The log that new decisions go to holds it, and each later one repeats what stands. */
  | { readonly kind: "endpoint" };
