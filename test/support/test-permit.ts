import type { CellId, EndpointId, Place } from "../../src/base/index.ts";
import type { Permit } from "../../src/law/index.ts";
import { issuePermit } from "../../src/law/permit.ts";

/** A permit as `decide` issues it, for these endpoints. */
export function permitFor(ids: readonly EndpointId[], expiresAtMs: number | null = null): Permit {
  return issuePermit({
    endpoints: ids.map((id) => ({
      id,
      cell: "eu-frankfurt" as CellId,
      computes: ["DE" as Place],
      grounds: [],
      isTransfer: false,
      isSovereign: true,
    })),
    regimes: [],
    obligations: [],
    evidenceMin: "E1",
    policyHash: "00",
    expiresAtMs,
  });
}
