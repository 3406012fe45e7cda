// Owner: the control thread, one in a cell. It reads files, decides what is in force, and orders the gateway threads.
import { isDeepStrictEqual } from "node:util";
import type { CellId } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import { asUnusable } from "../../disk/index.ts";
import {
  claimLevels,
  countingMs,
  countsAll,
  type Control,
  type ControlParts,
  fallenCounters,
  type GatewaySettings,
  type HeldKeySet,
  type KeySetSource,
  type ListenerTls,
  openControl,
  type PolicyRefusal,
  type TransferTally,
} from "../../gateway/index.ts";
import { answerWithinMs, type GatewayFleet } from "./gateway-fleet.ts";
import type { ReadPolicy } from "../load/policy-texts.ts";
import type { PolicyMessage, StartOrder } from "./thread-messages.ts";

/** A policy as it was read, with the addresses of its endpoints. */
export interface NextPolicy extends ReadPolicy {
  readonly addresses: PolicyMessage["addresses"];
  /** Where its identity providers publish their keys. */
  readonly keySets: readonly KeySetSource[];
}

export interface ControlThreadParts extends Omit<
  ControlParts,
  "cell" | "limits" | "capacity" | "policy" | "gateways"
> {
  /** Of the cell. */
  readonly settings: GatewaySettings;
  /** Of each gateway thread, where there are several; else those of the cell. */
  readonly gatewaySettings?: GatewaySettings;
  readonly fleet: GatewayFleet;
  /** Whether so many gateway threads can serve it. */
  readonly isServable: (policy: Policy) => boolean;
  readonly first: NextPolicy;
  /** Null: callers are received in the clear. */
  readonly tls: ListenerTls | null;
  /** Of what all threads have used of the limits. */
  readonly limitMemory: SharedArrayBuffer;
}

export interface ControlThread {
  /** Without a slash at the end. */
  readonly url: string;
  readonly adminUrl: string;
  /**
   * A new policy with the addresses of its endpoints, or null for a file that cannot be used: in force in every thread
   * or in none. Resolves with the reason why the last good one stays.
   */
  reload(next: NextPolicy | null): Promise<PolicyRefusal | null>;
  /** Resolves when every thread goes by this file of countries. */
  renewCountries(bytes: Uint8Array): Promise<void>;
  /** Certificates that count from now on, of a cell that has had some from its start. */
  renewTls(tls: ListenerTls): Promise<void>;
  /** Ends what runs, and refuses what comes; but listens on, for those whose logs it cosigns. */
  quiesce(): Promise<void>;
  /** Resolves when every listener is closed; a second call waits for the first. */
  drain(): Promise<void>;
  /** Resolves when `drain` has. */
  readonly closed: Promise<void>;
  /** Resolves with the reason when the cell can no longer serve, because a thread of it has died; never rejects. */
  readonly failed: Promise<string>;
}

/** Resolves when all listeners take connections. */
export async function startControlThread(parts: ControlThreadParts): Promise<ControlThread> {
  const { settings, first, fleet, tls: _tls, gatewaySettings: _theirs, ...others } = parts;
  const { cell, limits, capacity } = settings;
  const control = await openControl({
    ...others,
    cell,
    limits,
    capacity,
    policy: first.policy,
    gateways: fleet,
  });
  fleet.serve(control);
  control.keySets.follow(first.keySets);
  control.regions.follow(first);
  const url = await fleet.start(startOrder(parts, control.keySets.held));
  const adminUrl = await openAdmin(control, parts, fleet);
  const [port, adminPort] = [url, adminUrl].map((each) => Number(new URL(each).port));
  parts.log({ event: "cell_started", cell, port: port ?? 0, adminPort: adminPort ?? 0 });
  const failed = fleet.lost.then(
    (reason) => `cell \`${cell}\`: a gateway thread has ended (${reason}); nothing is served any more`,
  );
  const closed = Promise.withResolvers<void>();
  const drainWithinMs = limits.drainTimeoutMs + answerWithinMs;
  let epoch = 1;
  let draining: Promise<void> | null = null;

  async function drain(): Promise<void> {
    control.quiesce();
    // A thread that is lost has drained by itself, or is past it; the others are not left open for its sake.
    await fleet.end({ kind: "drain" }, drainWithinMs);
    await control.drain();
    closed.resolve();
  }

  return {
    url,
    adminUrl,
    async reload(next) {
      const refusal =
        next === null ? "unusable" : await takeUp(next, { ...parts, control, cell, epoch: ++epoch });
      if (refusal !== null) control.notePolicyRefused(refusal);
      else if (next !== null) noteTakenUp(parts, control, next);
      return refusal;
    },
    renewCountries: (bytes) => fleet.renewCountries(bytes),
    renewTls: (renewed) => fleet.renewTls(renewed),
    async quiesce() {
      control.quiesce();
      await fleet.orderThoseThatLive({ kind: "quiesce" }, drainWithinMs);
    },
    drain: () => (draining ??= drain()),
    closed: closed.promise,
    failed,
  };
}

function startOrder(
  { settings, gatewaySettings = settings, tls, first, legal, ledger }: ControlThreadParts,
  keySets: readonly HeldKeySet[],
): StartOrder {
  return {
    kind: "start",
    settings: gatewaySettings,
    tls,
    keySets,
    policy: messageOf(first),
    events: legal.held.map(({ text }) => text),
    quarantined: ledger.quarantines.map(({ endpoint }) => endpoint),
  };
}

interface ReloadPlace {
  readonly control: Control;
  readonly fleet: GatewayFleet;
  readonly isServable: (policy: Policy) => boolean;
  readonly cell: CellId;
  readonly tally: TransferTally;
  readonly limitMemory: SharedArrayBuffer;
  readonly epoch: number;
}

/** In two steps: what can fail is done in every thread before anything is in force in one of them. */
async function takeUp(
  next: NextPolicy,
  { control, fleet, isServable, cell, tally, limitMemory, epoch }: ReloadPlace,
): Promise<PolicyRefusal | null> {
  if (!isServable(next.policy)) return "restart_needed";
  if (!isDeepStrictEqual(fixedOf(cell, next.policy), fixedOf(cell, control.policy))) return "restart_needed";
  // The ledger is read at a start, and not while requests are under way.
  if (!countsAll(tally, next.policy)) return "restart_needed";
  if (!claimLevels(limitMemory, next.policy)) return "restart_needed";
  const record = (): Promise<void> => control.recordPolicy(next.policy);
  return (await fleet.takeUp(epoch, messageOf(next), record)) ? null : "unusable";
}

function noteTakenUp(parts: ControlThreadParts, control: Control, next: NextPolicy): void {
  tellFallen(parts, control.policy, next.policy);
  control.notePolicy(next.policy);
  control.keySets.follow(next.keySets);
  control.regions.follow(next);
}

/** What a policy attests is its author's word; that it is less than before, a person should know. */
function tellFallen(
  { settings: { cell }, tally, log, ...clocks }: ControlThreadParts,
  before: Policy,
  after: Policy,
): void {
  const counters = fallenCounters(tally, { before, after, nowMs: countingMs(clocks) });
  if (counters > 0) log({ event: "counters_fallen", cell, counters });
}

/** What is fixed when a cell starts: the log's name, the cell's own place and operator, and whose legal events count. */
function fixedOf(cell: CellId, { deployment, law, eventKeys }: Policy): unknown {
  return { deployment, eventKeys, here: law.cells.find(({ id }) => id === cell) };
}

function messageOf({ texts, addresses }: NextPolicy): PolicyMessage {
  return { texts, addresses };
}

async function openAdmin(
  control: Control,
  { settings, admin }: ControlThreadParts,
  fleet: GatewayFleet,
): Promise<string> {
  try {
    return await control.open();
  } catch (error) {
    await fleet.end({ kind: "drain" }, answerWithinMs);
    throw asUnusable(
      `cell \`${settings.cell}\` cannot listen for operators (\`admin\`) on ${admin.host}:${admin.port}`,
      error,
    );
  }
}
