// How policies come into force in a gateway's thread, and go.
import type { CellId, EndpointId } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import type { Cell } from "../../law/index.ts";
import { openUpstreams, type Upstreams } from "../../providers/index.ts";
import { readHeldEvent } from "../in-force/held-events.ts";
import { filePolicy } from "../in-force/in-force.ts";
import type { KeySets } from "../in-force/key-sets.ts";
import { PolicyEpochs } from "../in-force/policy-epochs.ts";
import type { ResponseCache } from "../../privacy/index.ts";
import type { CallerSessions } from "../shared/caller-sessions.ts";
import type { Pool } from "../shared/pool.ts";
import type { AddressedPolicy, GatewayParts, PreparedPolicy } from "./parts.ts";

interface Surroundings {
  readonly here: Cell;
  readonly pool: Pool;
  readonly keySets: KeySets;
}

/** The first epoch. The pool knows the endpoints of every epoch that somebody lives by, and no others. */
export async function openEpochs(
  { policy, addresses, events, cell, log, now, capacity }: GatewayParts,
  { here, pool, keySets }: Surroundings,
): Promise<PolicyEpochs> {
  const upstreams = openUpstreams(addresses, {
    nowMs: now,
    maxConnections: capacity.upstreamConnections,
  });
  const epochs = new PolicyEpochs(await filePolicy(policy, { here, upstreams, keySets }), {
    events: events.map(readHeldEvent),
    onRetired(filed) {
      pool.retire(endpointsOf(filed.policy, cell));
      filed.upstreams.retire().catch((thrown: unknown) => {
        log({ event: "internal_error", cell, request: null, thrown });
      });
    },
  });
  pool.admit(endpointsOf(policy, cell));
  return epochs;
}

interface PolicyPlace extends Surroundings, Pick<GatewayParts, "log"> {
  readonly cell: CellId;
  readonly inForce: PolicyEpochs;
  readonly responses: ResponseCache;
  readonly sessions: CallerSessions;
}

/** Makes all of it that can fail, and changes nothing. Null for a policy that cannot be taken up, and then the log says why. */
export async function preparePolicy(
  { cell, here, pool, inForce, responses, sessions, log, keySets }: PolicyPlace,
  { policy, addresses }: AddressedPolicy,
): Promise<PreparedPolicy | null> {
  let upstreams: Upstreams | null = null;
  try {
    const succeeding = (upstreams = inForce.current.upstreams.succeededBy(addresses));
    const filed = await filePolicy(policy, { here, upstreams, keySets });
    return {
      commit() {
        // First: nobody may be decided on endpoints that the pool does not know.
        pool.admit(endpointsOf(policy, cell));
        inForce.succeed(filed);
        responses.forgetAllBut(inForce.current.policy.law.hash);
        sessions.judgeAnew();
      },
      discard: () => succeeding.retire(),
    };
  } catch (thrown) {
    // What reads a policy passed it, so nobody else knows: an engine that is not built, a pinned key that is none.
    log({ event: "internal_error", cell, request: null, thrown });
    await upstreams?.retire();
    return null;
  }
}

function endpointsOf({ law }: Policy, cell: CellId): readonly EndpointId[] {
  return law.endpoints.filter((endpoint) => endpoint.cell === cell).map(({ id }) => id);
}
