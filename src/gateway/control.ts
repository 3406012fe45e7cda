// Owner: the control thread. The admin listener, the legal register and the watches: what a cell has once, however many
// threads serve its callers.
import type { Policy } from "../config/index.ts";
import { elapsedMs } from "../base/index.ts";
import type { Quarantine } from "../store/index.ts";
import type { PolicyRefusal } from "./exchange/thread-services.ts";
import { closeDoor, hangUp, openDoor } from "./listen/door.ts";
import { createListener } from "./listen/listener.ts";
import {
  type ControlParts,
  type ControlServices,
  createControlServices,
} from "./operator/control-services.ts";
import { accountOperator, OperatorRequest } from "./operator/operator-request.ts";
import { notePolicy, notePolicyRefused, recordPolicy } from "./operator/policy-news.ts";
import { problemWords } from "./operator/problem.ts";
import { adminRoutes } from "./routes.ts";
import { createServe } from "./serve.ts";
import { startClockWatch } from "./watch/clock-watch.ts";
import { startCopyWatch } from "./watch/copy-watch.ts";
import { KeySetWatch } from "./watch/key-set-watch.ts";
import { noteKeys, startKeyWatch } from "./watch/key-watch.ts";
import { startLegalEvents } from "./watch/legal-events.ts";
import { recordHeldEvents } from "./watch/legal-record.ts";
import { watchLedger } from "./watch/ledger-watch.ts";
import { watchQuorum } from "./watch/quorum-watch.ts";
import { startRecordSweep } from "./watch/record-sweep.ts";
import { RegionWatch } from "./watch/region-watch.ts";
import { startReplayMark } from "./watch/replay-watch.ts";

export interface Control {
  /** Opens the admin listener and starts the watches; resolves with the listener's URL. The gateway threads run already. */
  open(): Promise<string>;
  /** As its file states it. */
  readonly policy: Policy;
  /** See `recordPolicy` in operator/policy-news.ts: to be awaited before a gateway thread has it in force. */
  recordPolicy(policy: Policy): Promise<void>;
  notePolicy(policy: Policy): void;
  notePolicyRefused(refusal: PolicyRefusal): void;
  /** On record, and in effect in the gateway thread that tells it: from now on in all. */
  noteQuarantine(quarantine: Quarantine): void;
  /** A gateway thread could not have a request's key. */
  noteKeysUnavailable(): void;
  /** A gateway thread has ended unasked. `isServed`: others serve, and one will come in its place. */
  noteLostThread(isServed: boolean): void;
  /** One that was to come in its place could not begin, and another one will. */
  noteFailedStart(thrown: unknown): void;
  /** None will: nobody serves callers, or the cell is about to end. */
  noteUnserved(): void;
  /** One has come in its place; threads are numbered from 1. */
  noteReplacedThread(thread: number): void;
  readonly keySets: Pick<KeySetWatch, "held" | "follow" | "want">;
  readonly regions: Pick<RegionWatch, "follow">;
  /** The cell is ending: `/readyz` says so. */
  quiesce(): void;
  /** Resolves when the admin listener is closed. To be called after the last gateway thread has ended. */
  drain(): Promise<void>;
}

/** Resolves when the legal events that stand are recorded in this opening of the log. The first request comes after. */
export async function openControl(parts: ControlParts): Promise<Control> {
  const startedAt = parts.monotonicNow();
  const cell = createControlServices(parts);
  const operators = createListener({
    cell: cell.cell,
    limits: cell.limits,
    now: cell.now,
    connections: { maxConnections: adminConnections, onCount: ignore, onCrowded: ignore },
    tls: null,
    serve: serveOperators(cell),
  });
  const keySets = new KeySetWatch(cell, parts.keySetsDirectory);
  const regions = new RegionWatch(cell);
  const watches: { stop(): void }[] = [];
  await recordHeldEvents(cell);
  cell.log({ event: "policy_loaded", cell: cell.cell, policy: cell.filed.policy.law.hash });
  return {
    async open() {
      const url = await openDoor(operators, parts.admin);
      watches.push(...startWatches(cell), keySets, regions);
      keySets.open();
      regions.open();
      return url;
    },
    keySets,
    regions,
    get policy() {
      return cell.filed.policy;
    },
    recordPolicy: (policy) => recordPolicy(cell.ledger, policy, cell.legal.held),
    notePolicy: (policy) => notePolicy(cell, policy),
    notePolicyRefused: (refusal) => notePolicyRefused(cell, refusal),
    noteQuarantine(quarantine) {
      cell.quarantines.add(quarantine);
      // A thread that cannot take it ends the cell.
      void cell.gateways.quarantine(quarantine.endpoint).catch(() => undefined);
    },
    noteKeysUnavailable: () => noteKeys(cell, false),
    noteLostThread(isServed) {
      cell.life.hasLostThread = !isServed;
      cell.alarm("thread_lost");
    },
    noteFailedStart: (thrown) =>
      cell.log({ event: "internal_error", cell: cell.cell, request: null, thrown }),
    noteUnserved: () => void (cell.life.hasLostThread = true),
    noteReplacedThread(thread) {
      cell.life.hasLostThread = false;
      cell.log({ event: "thread_replaced", cell: cell.cell, thread });
    },
    quiesce: () => void (cell.life.isDraining = true),
    async drain() {
      cell.life.isDraining = true;
      for (const watch of watches) watch.stop();
      await hangUp(operators, closeDoor(operators));
      const uptimeMs = Math.round(elapsedMs(startedAt, cell.monotonicNow()));
      cell.log({ event: "cell_stopped", cell: cell.cell, uptimeMs });
    },
  };
}

/** For scrapers, probes and a few operators; it is out of what the process keeps back (src/cell/load/capacity.ts). */
const adminConnections = 16;

function ignore(): void {}

function startWatches(cell: ControlServices): readonly { stop(): void }[] {
  return [
    startClockWatch(cell),
    startLegalEvents(cell),
    startKeyWatch(cell),
    startCopyWatch(cell),
    startRecordSweep(cell),
    startReplayMark(cell),
    watchQuorum(cell),
    watchLedger(cell),
  ];
}

function serveOperators(cell: ControlServices): ReturnType<typeof createServe<OperatorRequest>> {
  return createServe(cell, {
    open: (arrival) => new OperatorRequest(cell, arrival),
    words: problemWords,
    routes: adminRoutes,
    running: new Set(),
    onOver: accountOperator,
  });
}
