// The key that wraps the subject keys: a new version, all of them under it, and whether it can be reached.
import { encodeUtf8, toHex } from "../../base/index.ts";
import { type KeyHealth, type KeyVersion, type Rewrapped, sha256 } from "../../keys/index.ts";
import type { KeyEntry } from "../../ledger/index.ts";
import { append, stamp } from "../docket.ts";
import type { Custody, Keeping } from "./custody.ts";
import { declining } from "./key-errors.ts";

export async function keyHealth({ vault }: Keeping): Promise<KeyHealth> {
  return vault.health();
}

/** What is wrapped from now on is under the new version; `wrapped` says what was moved to it: nothing yet. */
export async function rotateKey(custody: Custody): Promise<KeyVersion> {
  const version = await declining(custody.vault.rotateKey());
  await record(custody, "rotate", { ...version, wrapped: 0 });
  return version;
}

export async function rewrapKeys(custody: Custody): Promise<Rewrapped> {
  const rewrapped = await declining(custody.vault.rewrapAll());
  await record(custody, "rewrap", rewrapped);
  return rewrapped;
}

async function record(custody: Custody, act: KeyEntry["act"], version: Rewrapped): Promise<void> {
  const { service } = await custody.vault.health();
  const { key, wrapped } = version;
  // A name may tell an account; its hash with the version tells one version from another.
  const named = toHex(sha256(encodeUtf8(`${key}\0${version.version}`)));
  const entry: KeyEntry = { ...stamp(custody), t: "key", act, service, key: named, wrapped };
  await append(custody, entry, { kind: "none" });
}
