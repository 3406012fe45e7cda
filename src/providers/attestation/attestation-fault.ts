// Why evidence of what an engine runs does not hold, or was not had.
import { fail, type Result } from "../../base/index.ts";

/**
 * `unheard`: no answer in time that is one. `unreadable`: an answer, and no evidence. `chain`: its certificates do not lead to the
 * pinned root now. `signature`: not of the key that they vouch for. `endorsement`: that key is another chip's, or another
 * firmware's. `relayed`: it was made for the key of another TLS certificate. `stale`: it was made for another question. `guest`: the
 * machine lets others look into it, or it was not its most privileged part that asked. `measurement`: other code than any that is
 * expected. `tcb`: older firmware than what is asked for.
 */
export const attestationFaultNames = [
  "unheard",
  "unreadable",
  "chain",
  "signature",
  "endorsement",
  "relayed",
  "stale",
  "guest",
  "measurement",
  "tcb",
] as const;
export type AttestationFaultName = (typeof attestationFaultNames)[number];

export interface AttestationFault {
  readonly name: AttestationFaultName;
  /** For a person. It quotes numbers, dates and digests, and no text of the evidence. */
  readonly reason: string;
}

export function faulty(
  name: AttestationFaultName,
  reason: string,
): Extract<Result<never, AttestationFault>, { readonly ok: false }> {
  return fail({ name, reason });
}
