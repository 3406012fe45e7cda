// The key that wraps the subject keys: a new version, all of them under it, and whether it can be reached.
import { encodeUtf8, toHex } from "../../base/index.ts";
import { type KeyHealth, type KeyVersion, type Rewrapped, sha256 } from "../../keys/index.ts";
import type { KeyEntry } from "../../ledger/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { LifecycleAccess, LifecycleReadAccess } from "./lifecycle-access.ts";
import { declining } from "./key-errors.ts";

export async function keyHealth({ vault }: LifecycleReadAccess): Promise<KeyHealth> {
  return vault.health();
}

/** What is wrapped from now on is under the new version; `wrapped` says what was moved to it: nothing yet. */
export async function rotateKey(access: LifecycleAccess): Promise<KeyVersion> {
  const version = await declining(access.vault.rotateKey());
  await record(access, "rotate", { ...version, wrapped: 0 });
  return version;
}

/** The entry follows the act: a crash in between leaves keys under the newest version, and no entry that says so. */
export async function rewrapKeys(access: LifecycleAccess): Promise<Rewrapped> {
  const rewrapped = await declining(access.vault.rewrapAll());
  await record(access, "rewrap", rewrapped);
  return rewrapped;
}

async function record(access: LifecycleAccess, act: KeyEntry["act"], version: Rewrapped): Promise<void> {
  const { service } = await access.vault.health();
  const { key, wrapped } = version;
  // A name may tell an account; its hash with the version tells one version from another.
  const named = toHex(sha256(encodeUtf8(`${key}\0${version.version}`)));
  const entry = { ...stamp(access), t: "key", act, service, key: named, wrapped } as const;
  await append(access, entry, { kind: "none" });
}
