import type { ErasureEntry } from "../../ledger/index.ts";
import { append, stamp } from "../docket.ts";
import type { Custody } from "./custody.ts";
import type { ErasureGround } from "./grounds.ts";
import { declining } from "./key-errors.ts";
import { LifecycleError } from "./lifecycle-error.ts";
import { handlesOf, type Target } from "./target.ts";

export interface Erased {
  readonly ground: string;
  /** Their keys are destroyed. */
  readonly erased: readonly string[];
}

/**
 * Destroys the keys, with a ledger entry for each. If one of them is held, none is destroyed. If we crash, the vault's
 * journal has what was begun, and the next start finishes it; at worst one entry is written twice.
 */
export async function erase(
  custody: Custody,
  { ground, ...target }: Target & { readonly ground: ErasureGround },
): Promise<Erased> {
  const handles = await handlesOf(custody, target);
  await refuseHeld(custody, handles);
  for (const handle of handles) await eraseOne(custody, handle, ground);
  return { ground, erased: handles };
}

/** What a crash interrupted. */
export async function finishErasures(custody: Custody): Promise<number> {
  const pending = await custody.vault.pendingErasures();
  for (const { handle, ground } of pending) await eraseOne(custody, handle, ground);
  return pending.length;
}

async function eraseOne(custody: Custody, handle: string, ground: string): Promise<void> {
  const { vault, now } = custody;
  const entry: ErasureEntry = { ...stamp(custody), t: "erasure", subject: handle, ground };
  await declining(
    vault.erase({ handle, ground, nowMs: now() }, async () => {
      await append(custody, entry, { kind: "none" });
    }),
  );
}

async function refuseHeld({ vault, now }: Custody, handles: readonly string[]): Promise<void> {
  const wanted = new Set(handles);
  const holds = (await vault.holds(now())).filter(({ handle }) => wanted.has(handle));
  if (holds.length === 0) return;
  const reasons = Array.from(new Set(holds.map(({ reason }) => `\`${reason}\``))).join(", ");
  throw new LifecycleError("held", `held for ${reasons}: nothing was destroyed; release the hold first`, {
    holds,
  });
}
