// Owner: the control thread. What the ledger is told of legal events, in the order in which they came.
import type { Policy } from "../../config/index.ts";
import type { LegalEntry, Written } from "../../ledger/index.ts";
import { append, stamp } from "../../store/index.ts";
import { type HeldEvent, lawUnder } from "../in-force/held-events.ts";
import type { EventArrival, SignedEvent } from "../in-force/legal-register.ts";
import type { ControlServices } from "../operator/control-services.ts";
import { recordPolicy } from "../operator/policy-news.ts";

export type Arrived = Extract<EventArrival, { readonly kind: "event" }>;

/** The policy and the events that stand, at one moment. */
interface Law {
  readonly policy: Policy;
  readonly held: readonly HeldEvent[];
}

/**
 * Events that have come and are not on record yet: suspensions, which have effect, and lifts, which have none until they
 * are. Whoever brings one does not wait: a disk that hangs must keep no suspension from having effect.
 */
export class OwedEvents {
  readonly #cell: ControlServices;
  readonly #byFile = new Map<string, { readonly arrived: Arrived; readonly law: Law }>();
  #isSettling = false;

  constructor(cell: ControlServices) {
    this.#cell = cell;
  }

  has({ file }: Arrived): boolean {
    return this.#byFile.has(file);
  }

  add(arrived: Arrived): void {
    this.#byFile.set(arrived.file, { arrived, law: lawOf(this.#cell) });
    this.settle();
  }

  /** What the ledger does not take is met again at the next call, in the same order. */
  settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    void this.#settleAll()
      .catch((thrown: unknown) => complain(this.#cell, thrown))
      .finally(() => (this.#isSettling = false));
  }

  async #settleAll(): Promise<void> {
    for (const [file, { arrived, law }] of this.#byFile) {
      if (arrived.signed.event.act === "suspend") await recordTaken(this.#cell, arrived.signed, law);
      else await takeUpLift(this.#cell, arrived);
      this.#byFile.delete(file);
    }
  }
}

/** In each gateway thread in one turn of its event loop, so that no request meets half of it. Resolves when it is in all. */
export async function hold(cell: ControlServices, { file, signed }: Arrived): Promise<void> {
  cell.legal.hold(file, signed);
  await cell.gateways.takeEvents(cell.legal.held.map(({ text }) => text));
  cell.meters.legalEvents(cell.legal.held.length);
}

/** Resolves when every event that has not ended is recorded in this opening of the log. The first request comes after. */
export async function recordHeldEvents(cell: ControlServices): Promise<void> {
  cell.meters.legalEvents(cell.legal.held.length);
  const nowMs = cell.now();
  for (const signed of cell.legal.held) {
    const { untilMs } = signed.event.validity;
    if (untilMs === null || nowMs < untilMs) await record(cell, signed, lawOf(cell));
  }
  if (cell.legal.held.length > 0) await recordPolicy(cell.ledger, cell.filed.policy, cell.legal.held);
}

export function complain(cell: ControlServices, thrown: unknown): void {
  cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown });
}

function lawOf(cell: ControlServices): Law {
  return { policy: cell.filed.policy, held: cell.legal.held };
}

async function takeUpLift(cell: ControlServices, arrived: Arrived): Promise<void> {
  const { signed } = arrived;
  const { policy, held } = lawOf(cell);
  // An event of its id has come meanwhile: the next look refuses this one.
  if (held.some(({ event }) => event.id === signed.event.id)) return;
  const law = { policy, held: [...held, signed] };
  const entry = await record(cell, signed, law);
  await hold(cell, arrived);
  await tell(cell, signed, { law, entry });
}

async function recordTaken(cell: ControlServices, signed: SignedEvent, law: Law): Promise<void> {
  await tell(cell, signed, { law, entry: await record(cell, signed, law) });
}

async function tell(
  cell: ControlServices,
  { event: { act } }: SignedEvent,
  { law, entry }: { readonly law: Law; readonly entry: number },
): Promise<void> {
  await recordPolicy(cell.ledger, law.policy, law.held);
  cell.log({ event: "legal_event_accepted", cell: cell.cell, act, entry });
}

async function record(
  cell: ControlServices,
  { event, signer }: SignedEvent,
  { policy, held }: Law,
): Promise<number> {
  const { fromMs, untilMs } = event.validity;
  const entry: Written<LegalEntry> = {
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
    policy: lawUnder(policy.law, held).hash,
  };
  return (await append(cell, entry, { kind: "none" })).index;
}
