import type { LifecycleAccess } from "./lifecycle-access.ts";
import { finishErasures } from "./erase.ts";
import { replay, type ReplayOptions } from "./replay.ts";

/**
 * Brings keys and log into agreement, before anything is served: what the log says was erased is destroyed, and what a
 * crash interrupted is finished. In this order, so that an erasure whose entry is in the log gets no second one.
 */
export async function resumeLifecycle(access: LifecycleAccess, options: ReplayOptions): Promise<void> {
  await replay(access, options);
  await finishErasures(access);
}
