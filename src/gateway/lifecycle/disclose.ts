import { formatDisclosedKey } from "../../keys/index.ts";
import { append, stamp } from "../docket.ts";
import type { Custody } from "./custody.ts";
import { declining } from "./key-errors.ts";

export interface Disclosure {
  readonly subject: string;
  readonly recipient: string;
  /** The key file, for the recipient alone. */
  readonly file: string;
}

/** Recorded before the key leaves our hands: a crash in between leaves an entry for a key that nobody got. */
export async function disclose(
  custody: Custody,
  { subject, recipient }: Pick<Disclosure, "subject" | "recipient">,
): Promise<Disclosure> {
  const key = await declining(custody.vault.disclose(subject));
  await append(custody, { ...stamp(custody), t: "disclosure", subject, recipient }, { kind: "none" });
  return { subject, recipient, file: formatDisclosedKey(key) };
}
