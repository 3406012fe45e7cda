// Owner: the control thread. Legal events in a running cell: taken up, recorded, and in force for every request that is sent from then on.
import { type FSWatcher, watch } from "node:fs";
import { LegalFolderError } from "../in-force/legal-register.ts";
import type { ControlServices } from "../operator/control-services.ts";
import { complain, hold, OwedEvents } from "./legal-record.ts";

/** For file systems that do not tell when something changes. */
const lookIntervalMs = 1_000;

/** Looks now, and whenever the directory changes. */
export function startLegalEvents(cell: ControlServices): { stop(): void } {
  const owed = new OwedEvents(cell);
  let looking = Promise.resolve();
  let watcher: FSWatcher | null = null;
  const look = (): void => {
    looking = looking.then(() => lookOnce(cell)).catch((thrown: unknown) => complain(cell, thrown));
  };
  const lookOnce = async (services: ControlServices): Promise<void> => {
    const couldRead = services.life.standing.areLegalEventsHeard;
    owed.settle();
    await takeUpAll(services, owed).finally(() => {
      // A folder that has come back is another one, which the old watch does not see.
      if (!couldRead && services.life.standing.areLegalEventsHeard) rewatch();
    });
  };
  const rewatch = (): void => {
    watcher?.close();
    watcher = watchDirectory(cell.legal.directory, look);
  };
  rewatch();
  const timer = setInterval(look, lookIntervalMs).unref();
  look();
  return {
    stop() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** A folder that cannot be read is looked at again and again; what lies in it then is met when it can. */
async function takeUpAll(cell: ControlServices, owed: OwedEvents): Promise<void> {
  try {
    await takeUpArrivals(cell, owed);
    noteHearing(cell, true);
  } catch (error) {
    if (!(error instanceof LegalFolderError)) throw error;
    noteHearing(cell, false);
  }
}

function noteHearing(cell: ControlServices, areLegalEventsHeard: boolean): void {
  if (areLegalEventsHeard === cell.life.standing.areLegalEventsHeard) return;
  if (!areLegalEventsHeard) cell.alarm("legal_events_unheard");
  cell.life.standing = { ...cell.life.standing, areLegalEventsHeard };
  cell.gateways.tell(cell.life.standing);
}

/**
 * A suspension has effect first, in every thread, and is recorded then: it only takes away. A lift has effect once it is
 * recorded.
 */
async function takeUpArrivals(cell: ControlServices, owed: OwedEvents): Promise<void> {
  for (const arrival of cell.legal.arrivals(cell.now())) {
    if (arrival.kind === "refused") {
      cell.meters.legalEventRefused(arrival.refusal);
      cell.log({ event: "legal_event_refused", cell: cell.cell, refusal: arrival.refusal });
    } else if (!owed.has(arrival)) {
      if (arrival.signed.event.act === "suspend") await hold(cell, arrival);
      owed.add(arrival);
    }
  }
}

/** Null where the system cannot watch; the timer looks all the same. */
function watchDirectory(directory: string, look: () => void): FSWatcher | null {
  try {
    return watch(directory, { persistent: false }, look).on("error", () => undefined);
  } catch {
    return null;
  }
}
