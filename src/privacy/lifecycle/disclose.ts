import { formatDisclosedKey } from "../../keys/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { LifecycleAccess } from "./lifecycle-access.ts";
import { declining } from "./key-errors.ts";

export interface Disclosure {
  readonly subject: string;
  readonly recipient: string;
  /** The key file, for the recipient alone. */
  readonly file: string;
}

/** The entry is on disk before the key leaves our hands: a crash in between leaves an entry for a key that nobody got. */
export async function disclose(
  access: LifecycleAccess,
  { subject, recipient }: Pick<Disclosure, "subject" | "recipient">,
): Promise<Disclosure> {
  const key = await declining(access.vault.disclose(subject));
  await append(access, { ...stamp(access), t: "disclosure", subject, recipient }, { kind: "none" });
  return { subject, recipient, file: formatDisclosedKey(key) };
}
