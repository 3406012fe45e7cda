// Owner: the control thread. Whether the ledger believes the wall clock, so that a person hears of it when it does not.
import type { ClockState } from "../../store/index.ts";
import type { ControlServices } from "../operator/control-services.ts";

const lookIntervalMs = 1_000;

/** Looks now and every second. Sets the alarm off once for each time that what cannot be undone is held. */
export function startClockWatch(cell: ControlServices): { stop(): void } {
  let told: Pick<ClockState, "reading" | "isHeld" | "correctedCount"> = {
    reading: "agreed",
    isHeld: false,
    correctedCount: 0,
  };
  const look = (): void => {
    const { clock } = cell.ledger.state();
    const { reading, byMs, isHeld, correctedCount } = clock;
    if (isHeld && !told.isHeld) cell.alarm("clock_disagrees");
    if (reading !== told.reading || isHeld !== told.isHeld) {
      cell.log({ event: "clock_changed", cell: cell.cell, reading, byMs, isHeld });
    }
    const count = correctedCount - told.correctedCount;
    if (count > 0) cell.log({ event: "dates_corrected", cell: cell.cell, count });
    told = clock;
  };
  look();
  const timer = setInterval(look, lookIntervalMs).unref();
  return { stop: () => clearInterval(timer) };
}
