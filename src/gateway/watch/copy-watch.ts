// Owner: the control thread.
import type { CopyState } from "../../store/index.ts";
import type { ControlServices } from "../operator/control-services.ts";

const intervalMs = 1_000;
/** Copies that are older than this are missing, not late. */
export const maxLagMs = 300_000;

type CopyAlarm = "worm_behind" | "worm_halted";

/** Null while the copies are as they should be. `worm_halted`: they do not go on until somebody does something. */
export function copyAlarm({ status, lagMs }: CopyState): CopyAlarm | null {
  if (status === "refused" || status === "stopped") return "worm_halted";
  return lagMs > maxLagMs ? "worm_behind" : null;
}

/** Measures the locked copies and raises the alarm once each time that they fall behind. Requests never wait for them. */
export function startCopyWatch({ copies, meters, alarm: raise }: ControlServices): { stop(): void } {
  if (copies === null) return { stop: () => {} };
  let raised: CopyAlarm | null = null;
  const look = (): void => {
    const state = copies();
    meters.copies(state);
    const alarm = copyAlarm(state);
    if (alarm !== null && alarm !== raised) raise(alarm);
    raised = alarm;
  };
  look();
  const timer = setInterval(look, intervalMs).unref();
  return { stop: () => clearInterval(timer) };
}
