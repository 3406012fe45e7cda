import type { SubjectKey } from "../../keys/index.ts";
import type { Caller } from "../caller.ts";
import type { Exchange } from "../exchange.ts";

/** In whose name the request is recorded: the tenant's own subjects, all of one month under one key. */
export async function subjectKey({ cell, arrival }: Exchange, { tenant }: Caller): Promise<SubjectKey> {
  return cell.vault.subjectKey({ tenant: tenant.id, person: null }, arrival.receivedAtMs);
}
