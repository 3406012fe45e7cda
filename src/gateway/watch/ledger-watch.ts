// Owner: the control thread. Whether what is asked of the ledger is done: entries made durable, and sealed.
import type { ThreadServices } from "../exchange/thread-services.ts";

const lookIntervalMs = 1_000;
/** A checkpoint is due every second; a month that ends, or a large deletion, may hold it up. */
const sealWithinMs = 30_000;

type Watched = Pick<ThreadServices, "cell" | "ledger" | "alarm" | "log" | "life">;

/** Raises each alarm once for each time that its condition begins; one that begins while the cell leaves is told too. */
export function watchLedger(cell: Watched): { stop(): void } {
  const look = lookAtLedger(cell);
  const timer = setInterval(look, lookIntervalMs).unref();
  return {
    stop() {
      clearInterval(timer);
      look();
    },
  };
}

export function lookAtLedger({ cell, ledger, alarm, log, life }: Watched): () => void {
  const isTold = { ledger_poisoned: false, ledger_stalled: false, sealing_stalled: false };
  return () => {
    const { isWritable, reason, sealSilenceMs } = ledger.state();
    const present = {
      // For good; whether a request has met it or a seal, which nobody waits for. One that is closed as the cell leaves has
      // done all it should.
      ledger_poisoned: reason !== null && !(reason === "closed" && life.isDraining),
      ledger_stalled: (!isWritable && reason === null) || reason === "stalled",
      sealing_stalled: sealSilenceMs >= sealWithinMs,
    };
    if (present.ledger_poisoned && !isTold.ledger_poisoned) log({ event: "ledger_poisoned", cell });
    for (const kind of ["ledger_poisoned", "ledger_stalled", "sealing_stalled"] as const) {
      if (present[kind] && !isTold[kind]) alarm(kind);
      isTold[kind] = present[kind];
    }
  };
}
