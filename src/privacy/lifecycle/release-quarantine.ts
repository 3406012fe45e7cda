// An endpoint that was seen to compute where it may not gets requests again when a person says so, and not before.
import type { EndpointId, InstantMs, RequestId } from "../../base/index.ts";
import { append, type Quarantine, stamp } from "../../store/index.ts";
import type { LifecycleAccess, LifecycleReadAccess } from "./lifecycle-access.ts";
import { LifecycleError } from "./lifecycle-error.ts";
import type { QuarantineReason } from "./quarantines.ts";

export interface ListedQuarantine {
  readonly endpoint: EndpointId;
  readonly sinceMs: InstantMs;
  /** Whose evidence led to it. */
  readonly request: RequestId | null;
  readonly reason: QuarantineReason;
}

export async function listQuarantines({
  quarantines,
}: LifecycleReadAccess): Promise<{ readonly quarantines: readonly ListedQuarantine[] }> {
  return { quarantines: quarantines.standing.map(listed) };
}

/** The entry comes first: a crash in between leaves an endpoint that the next start lets back. */
export async function releaseQuarantine(
  access: LifecycleAccess,
  { endpoint }: { readonly endpoint: EndpointId },
): Promise<ListedQuarantine> {
  const { quarantines } = access;
  const quarantine = quarantines.standing.find((each) => each.endpoint === endpoint);
  if (!quarantine) throw new LifecycleError("not_found", "no endpoint of this name is in quarantine");
  if (!quarantines.isNamed(endpoint)) {
    throw new LifecycleError(
      "not_found",
      "the policy in force has no endpoint of this name in this cell: its quarantine stands until the policy names it again and it is released then",
    );
  }
  const entry = { ...stamp(access), t: "release", endpoint, rid: quarantine.rid } as const;
  await append(access, entry, { kind: "endpoint" });
  await quarantines.lift(endpoint);
  return listed(quarantine);
}

/** What leads to one without a request is the provider's own word about its regions. */
function listed({ endpoint, sinceMs, rid }: Quarantine): ListedQuarantine {
  return { endpoint, sinceMs, request: rid, reason: rid === null ? "region_added" : "violation" };
}
