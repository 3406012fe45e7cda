// Owner: the control thread. There is one in a cell, however many threads serve callers.
import type { CellId, EndpointId } from "../../base/index.ts";
import type { CellLimits, ListenAddress, Policy } from "../../config/index.ts";
import { type LifecycleAccess, namesEndpoint, Quarantines, type StoredObjects } from "../../privacy/index.ts";
import type { CopyState, Ledger } from "../../store/index.ts";
import { formatMetrics, type MetricsSnapshot } from "../../telemetry/index.ts";
import {
  beginLife,
  createAlarm,
  type Standing,
  type ThreadServices,
  type ThreadTools,
} from "../exchange/thread-services.ts";
import { limitGauges } from "../limits/limit-meters.ts";
import type { LimitStanding } from "../limits/limit-standing.ts";
import type { Capacity } from "../shared/capacity.ts";
import type { TransferTally } from "../shared/transfer-tally.ts";
import type { HeldKeySet } from "../in-force/key-sets.ts";
import type { RegionReport } from "../shared/region-report.ts";
import type { LegalRegister } from "../in-force/legal-register.ts";

/** What a control thread runs on. Whoever opened the parts closes them, after the control thread has ended. */
export interface ControlParts
  extends
    ThreadTools,
    Omit<LifecycleAccess, "cell" | "quarantines" | "settledNow" | "knownTenants" | "forgetAnswers"> {
  readonly cell: CellId;
  readonly ledger: Ledger;
  readonly tally: TransferTally;
  /** What callers have left in the cell. */
  readonly stored: readonly StoredObjects[];
  readonly limits: CellLimits;
  readonly capacity: Capacity;
  /** As its file states it. */
  readonly policy: Policy;
  /** The events that were in the cell's directory when it was opened; what comes later is taken up. */
  readonly legal: LegalRegister;
  /** For keys of identity providers that were fetched. */
  readonly keySetsDirectory: string;
  /** In the vault's directory (lifecycle/replay-mark.ts). */
  readonly replayMarkFile: string;
  /** How far the ledger's locked copies are; null where none are made. */
  readonly copies: (() => CopyState) | null;
  /** Health, metrics, and what needs the admin token. It stays open until the last request has ended, so that `/readyz` can say so. */
  readonly admin: ListenAddress;
  /** What a request to the admin API beside health and metrics must carry. */
  readonly adminToken: string;
  readonly gateways: GatewayThreads;
  /** Of this process's log, since its start: its reader stalled or left. */
  readonly droppedLogLines: () => number;
}

/** All threads that serve callers, as the control thread sees them. */
export interface GatewayThreads {
  /** Texts of all legal events that stand from now on: in force in every thread when it resolves. */
  takeEvents(texts: readonly string[]): Promise<void>;
  /** In effect in every thread when it resolves; so is a release. */
  quarantine(endpoint: EndpointId): Promise<void>;
  release(endpoint: EndpointId): Promise<void>;
  /** In force in every thread when it resolves. */
  takeKeySet(id: string, set: HeldKeySet | null): Promise<void>;
  /** No thread keeps anything of what the subject was answered when it resolves. */
  forget(subject: string): Promise<void>;
  tell(standing: Standing): void;
  /** Where each limit of the policy in force stands, over all threads. */
  limits(): Promise<readonly LimitStanding[]>;
  /** Of those that live. */
  snapshots(): Promise<readonly MetricsSnapshot[]>;
}

export interface ControlServices
  extends
    Omit<ControlParts, "policy" | "admin">,
    ThreadServices,
    Pick<LifecycleAccess, "knownTenants" | "forgetAnswers"> {
  readonly ledger: Ledger;
  /** As its file states it: what every gateway thread has in force. */
  readonly filed: { policy: Policy };
  /** Those that stand, whichever thread recorded them. */
  readonly quarantines: Quarantines;
  /** What is known of the regions over which models spread, by endpoint and model. Written by the watch alone. */
  readonly regionReports: Map<string, RegionReport>;
  /** The metrics of the whole cell, as they are served. */
  readonly scrape: () => Promise<string>;
  readonly settledNow: LifecycleAccess["settledNow"];
}

export function createControlServices({ policy, admin: _admin, ...parts }: ControlParts): ControlServices {
  const { metrics, ledger, gateways, monotonicNow } = parts;
  const { meters, alarm } = createAlarm(parts, parts.cell);
  const tellLimits = limitGauges(metrics, parts.cell);
  const filed = { policy };
  meters.capacity(parts.capacity);
  return {
    ...parts,
    filed,
    corsOrigins: [],
    knownTenants: () => Array.from(filed.policy.tenants.keys()),
    quarantines: new Quarantines({
      standing: ledger.quarantines,
      isNamed: (endpoint) => namesEndpoint(filed.policy, parts.cell, endpoint),
      async impose(endpoint, reason) {
        alarm(reason);
        await gateways.quarantine(endpoint);
      },
      lift: (endpoint) => gateways.release(endpoint),
    }),
    regionReports: new Map(),
    forgetAnswers: (subject) => gateways.forget(subject),
    settledNow: () => ledger.state().clock.settledMs,
    meters,
    alarm,
    async scrape() {
      meters.ledger(ledger.state(), monotonicNow());
      meters.droppedLogLines(parts.droppedLogLines());
      tellLimits(await gateways.limits());
      return formatMetrics([metrics.snapshot(), ...(await gateways.snapshots())]);
    },
    life: beginLife(),
  };
}
