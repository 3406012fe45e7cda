// What a person says of the cell's wall clock, when the clocks disagree (docs/clock.md).
import { formatInstant, type InstantMs } from "../../base/index.ts";
import type { ClockState } from "../../store/index.ts";
import type { LifecycleAccess } from "./lifecycle-access.ts";
import { LifecycleError } from "./lifecycle-error.ts";

/** Between reading a watch and the request's coming here. */
const toleranceMs = 5 * 60_000;

/**
 * The time is stated, and not just nodded to: whoever says that a wrong clock is right has to say the wrong time. It is no entry; what is
 * done by the clock from now on is.
 */
export async function acceptClock(
  { ledger, now }: LifecycleAccess,
  { now: statedMs }: { readonly now: InstantMs },
): Promise<ClockState> {
  const wallMs = now();
  if (Math.abs(wallMs - statedMs) > toleranceMs) {
    const says = `the cell's wall clock says \`${formatInstant(wallMs)}\``;
    throw new LifecycleError("clock_disagrees", `${says}: set it right first; nothing was changed`);
  }
  const clock = await ledger.acceptClock();
  if (!clock.isHeld) return clock;
  throw new LifecycleError(
    "clock_disagrees",
    `the witnesses' cosignatures say another time, by ${clock.byMs} ms: find out whose clock is wrong`,
  );
}
