// Legal events in a running cell: taken up, recorded, and in force for every request that is sent from then on.
import { type FSWatcher, watch } from "node:fs";
import { createDecider } from "../law/index.ts";
import type { LegalEntry } from "../ledger/index.ts";
import type { CellContext } from "./cell-context.ts";
import { append, stamp } from "./docket.ts";
import type { Arrival, SignedEvent } from "./legal-register.ts";

/** For file systems that do not tell when something changes. */
const lookIntervalMs = 1_000;

/** Resolves when every event that has not ended is recorded in this opening of the log. The first request comes after. */
export async function startLegalEvents(cell: CellContext): Promise<{ stop(): void }> {
  enact(cell);
  const nowMs = cell.now();
  for (const signed of cell.legal.held) {
    const { untilMs } = signed.event.validity;
    if (untilMs === null || nowMs < untilMs) await record(cell, signed);
  }
  let looking = Promise.resolve();
  const look = (): void => {
    looking = looking.then(() => takeUpAll(cell)).catch((thrown: unknown) => complain(cell, thrown));
  };
  const watcher = watchDirectory(cell.legal.directory, look);
  const timer = setInterval(look, lookIntervalMs).unref();
  look();
  return {
    stop() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** In one turn of the event loop: no request meets half of it. */
export function enact(cell: CellContext): void {
  const law = cell.legal.lawUnder(cell.filedLaw);
  cell.policy = { ...cell.policy, law };
  cell.decider = createDecider(law);
  cell.meters.legalEvents(cell.legal.held.length);
}

async function takeUpAll(cell: CellContext): Promise<void> {
  for (const arrival of cell.legal.arrivals(cell.now())) {
    if (arrival.kind === "event") await takeUp(cell, arrival);
    else {
      cell.meters.legalEventRefused(arrival.refusal);
      cell.log({ event: "legal_event_refused", cell: cell.cell, refusal: arrival.refusal });
    }
  }
}

/**
 * A suspension has effect first and is recorded then: it only takes away. A lift has effect once it is recorded; if that
 * fails, its file is met again at the next look.
 */
async function takeUp(
  cell: CellContext,
  { file, signed }: Extract<Arrival, { readonly kind: "event" }>,
): Promise<void> {
  const isSuspension = signed.event.act === "suspend";
  if (isSuspension) {
    cell.legal.hold(file, signed);
    enact(cell);
  }
  const entry = await record(cell, signed);
  if (!isSuspension) {
    cell.legal.hold(file, signed);
    enact(cell);
  }
  cell.log({ event: "legal_event_accepted", cell: cell.cell, act: signed.event.act, entry });
}

async function record(cell: CellContext, { event, signer, text }: SignedEvent): Promise<number> {
  const isHeld = cell.legal.held.some((held) => held.text === text);
  const { hash } = cell.legal.lawUnder(cell.filedLaw, isHeld ? [] : [{ event, signer, text }]);
  const { fromMs, untilMs } = event.validity;
  const entry: LegalEntry = {
    ...stamp(cell),
    t: "legal",
    event: event.id,
    act: event.act,
    target: event.act === "suspend" ? event.target : null,
    lifts: event.act === "lift" ? event.lifts : null,
    reason: event.reason,
    from: fromMs ?? 0,
    until: untilMs,
    signer,
    policy: hash,
  };
  return (await append(cell, entry, { kind: "none" })).index;
}

/** Null where the system cannot watch; the timer looks all the same. */
function watchDirectory(directory: string, look: () => void): FSWatcher | null {
  try {
    return watch(directory, { persistent: false }, look).on("error", () => undefined);
  } catch {
    return null;
  }
}

function complain(cell: CellContext, thrown: unknown): void {
  cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
}
