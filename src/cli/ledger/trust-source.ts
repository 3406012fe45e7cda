import { sha256, verifyEd25519 } from "../../keys/index.ts";
import { type TrustPolicy, trustingClosings } from "../../ledger/index.ts";
import type { LedgerSource } from "./ledger-source.ts";
import { parseTrust, readTrust } from "../../cell/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import { usableProof } from "./verified-proof.ts";

/** Whose signatures count, and who says so. */
export interface TrustSource {
  readonly file: string;
  readonly policy: TrustPolicy;
  readonly isFoundBeside: boolean;
}

/** The trust file that was named, or else the one that lies beside the first ledger that has one. */
export function trustSourceOf(
  places: readonly string[],
  sources: readonly LedgerSource[],
  trust: string | null,
): TrustSource {
  const beside = sources.find(({ trustBeside }) => trustBeside !== null);
  const file = trust ?? beside?.trustBeside ?? null;
  if (file === null) {
    throw new UnusableInputError([
      `no trust file lies beside \`${places.join(", ")}\`, so nobody says whose signatures count; give one with \`--trust\``,
    ]);
  }
  const isInBundle = trust === null && beside !== undefined && beside.trust !== null;
  const policy = isInBundle ? parseTrust(file, beside.trust ?? new Uint8Array()) : readTrust(file);
  const closings = sources.flatMap((source) => source.closings);
  const proofs = closings.map(({ name, bytes }) => usableProof(name, bytes));
  const whole = trustingClosings(policy, proofs, { sha256, verifyEd25519 });
  return { file, policy: whole, isFoundBeside: trust === null };
}
