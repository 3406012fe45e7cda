import { append, stamp } from "../../store/index.ts";
import type { LifecycleAccess } from "./lifecycle-access.ts";
import type { ErasureGround } from "./grounds.ts";
import { declining } from "./key-errors.ts";
import { LifecycleError } from "./lifecycle-error.ts";
import { handlesOf, type KeyTarget } from "./target.ts";

export interface Erased {
  readonly ground: string;
  /** Handles whose keys are destroyed. */
  readonly erased: readonly string[];
}

/**
 * Destroys the keys, with a ledger entry for each. If one of them is held, none is destroyed. If we crash, the vault's
 * journal has what was begun, and the next start finishes it; at worst one entry is written twice.
 */
export async function erase(
  access: LifecycleAccess,
  { ground, ...target }: KeyTarget & { readonly ground: ErasureGround },
): Promise<Erased> {
  const handles = await handlesOf(access, target);
  await refuseHeld(access, handles);
  for (const handle of handles) await eraseOne(access, handle, ground);
  return { ground, erased: handles };
}

/** Finishes the erasures that a crash interrupted. Resolves with how many there were. */
export async function finishErasures(access: LifecycleAccess): Promise<number> {
  const pending = await access.vault.pendingErasures();
  for (const { handle, ground } of pending) await eraseOne(access, handle, ground);
  return pending.length;
}

async function eraseOne(access: LifecycleAccess, handle: string, ground: string): Promise<void> {
  const { vault, settledNow } = access;
  const entry = { ...stamp(access), t: "erasure", subject: handle, ground } as const;
  await declining(
    vault.erase({ handle, ground, nowMs: settledNow() }, async () => {
      // From here on nobody is handed the key, so nothing is kept under it any more either.
      await access.forgetAnswers(handle);
      await append(access, entry, { kind: "none" });
    }),
  );
}

async function refuseHeld({ vault, settledNow }: LifecycleAccess, handles: readonly string[]): Promise<void> {
  const wanted = new Set(handles);
  const holds = (await vault.holds(settledNow())).filter(({ handle }) => wanted.has(handle));
  if (holds.length === 0) return;
  const reasons = Array.from(new Set(holds.map(({ reason }) => `\`${reason}\``))).join(", ");
  throw new LifecycleError("held", `held for ${reasons}: nothing was destroyed; release the hold first`, {
    holds,
  });
}
