// Everything that the control thread of a cell and its gateway threads say to each other. INVARIANT: plain data, which
// `structuredClone` takes: texts and addresses, never what was made of them.
import type { KeyObject } from "node:crypto";
import type { CellId, EndpointId } from "../../base/index.ts";
import type {
  GatewaySettings,
  HeldKeySet,
  LimitSeat,
  LimitStanding,
  ListenerTls,
  Standing,
} from "../../gateway/index.ts";
import type { ContentRecords, StoredObjectsOptions } from "../../privacy/index.ts";
import type { EndpointAddress } from "../../providers/index.ts";
import type { SubjectPlace, SubjectSecret } from "../../keys/index.ts";
import type { LedgerLoan, Quarantine, WitnessReply } from "../../store/index.ts";
import type { MetricsSnapshot } from "../../telemetry/index.ts";
import type { PolicyTexts } from "../load/policy-texts.ts";
import type { Port } from "./port.ts";

/** What a thread parses for itself. */
export interface PolicyMessage {
  readonly texts: PolicyTexts;
  readonly addresses: readonly EndpointAddress[];
}

/** The first, once. Answered with `ready` or `failed`. */
export interface StartOrder {
  readonly kind: "start";
  readonly settings: GatewaySettings;
  readonly policy: PolicyMessage;
  /** Null: callers are received in the clear. */
  readonly tls: ListenerTls | null;
  /** Keys of identity providers that are there already. */
  readonly keySets: readonly HeldKeySet[];
  /** Texts of the legal events that stand. */
  readonly events: readonly string[];
  /** Endpoints in quarantine, whether the policy names them or not. */
  readonly quarantined: readonly EndpointId[];
}

/** From the control thread; each is answered, by id. */
export type Order =
  | StartOrder
  /** Makes the epoch and changes nothing. Answered with `prepared`; then comes `commit` or `discard`. */
  | { readonly kind: "prepare"; readonly epoch: number; readonly policy: PolicyMessage }
  | { readonly kind: "commit"; readonly epoch: number }
  | { readonly kind: "discard"; readonly epoch: number }
  /** All legal events that stand from now on. Done when they have effect. */
  | { readonly kind: "events"; readonly texts: readonly string[] }
  /** Done when no request of the thread is sent there any more. */
  | { readonly kind: "quarantine"; readonly endpoint: EndpointId }
  /** The release is on record. */
  | { readonly kind: "release"; readonly endpoint: EndpointId }
  /** Done when the thread has no key of the place (`SubjectPlace`) in memory, but for requests under way. */
  | { readonly kind: "forget"; readonly place: string }
  /** The file of countries that counts from now on. */
  | { readonly kind: "countries"; readonly bytes: Uint8Array }
  /** Keys of an identity provider, or null: none that are newer. Done when they are in force. */
  | { readonly kind: "key-set"; readonly id: string; readonly set: HeldKeySet | null }
  /** Certificates that count from now on. */
  | { readonly kind: "tls"; readonly tls: ListenerTls }
  /** The subject's key, by its handle, is about to be erased. Done when nothing is kept of what it was answered. */
  | { readonly kind: "forget-answers"; readonly subject: string }
  /** Answered with `metrics`. */
  | { readonly kind: "scrape" }
  /** Answered with `limits`. */
  | { readonly kind: "limits" }
  | { readonly kind: "quiesce" }
  /** The last. Done when listener and connections are closed; then `drained` comes, and the port closes. */
  | { readonly kind: "drain" };

export type Answer =
  | { readonly kind: "done" }
  | { readonly kind: "ready"; readonly url: string }
  /** `isRepairable`: whoever runs the cell can, and each line says how. */
  | { readonly kind: "failed"; readonly lines: readonly string[]; readonly isRepairable: boolean }
  | { readonly kind: "prepared"; readonly isUsable: boolean }
  | { readonly kind: "metrics"; readonly snapshot: MetricsSnapshot }
  | { readonly kind: "limits"; readonly standings: readonly LimitStanding[] };

/** What a thread that shares no objects with the control thread asks it for. */
export type Ask =
  /** As `KeyLender.keyAt`; answered with `key`. */
  | { readonly kind: "key"; readonly place: SubjectPlace; readonly isMade: boolean }
  /** As `Witness`; answered with `reply`. */
  | { readonly kind: "addCheckpoint" | "addLog"; readonly body: Uint8Array }
  /** Answered with `checkpoint`. */
  | { readonly kind: "newest"; readonly hash: string };

export type Told =
  | { readonly kind: "key"; readonly secret: SubjectSecret | null }
  | { readonly kind: "reply"; readonly reply: WitnessReply }
  | { readonly kind: "checkpoint"; readonly note: Uint8Array | null }
  /** The key service or the witness's disk cannot be asked now. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** A defect, which the control thread has logged. */
  | { readonly kind: "broken" };

export type ControlMessage =
  | { readonly kind: "told"; readonly id: number; readonly told: Told }
  | { readonly kind: "order"; readonly id: number; readonly order: Order }
  | { readonly kind: "standing"; readonly standing: Standing };

export type GatewayMessage =
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "ask"; readonly id: number; readonly ask: Ask }
  /** Whole lines of the log. */
  | { readonly kind: "lines"; readonly text: string; readonly lineCount: number }
  | { readonly kind: "keys-unavailable" }
  /** A token names a key that is not there. Answered by a `key-set` order. */
  | { readonly kind: "key-set-wanted"; readonly id: string }
  /** On record, and in effect in this thread; the others have to hear of it. */
  | { readonly kind: "quarantined"; readonly quarantine: Quarantine }
  /** The thread cannot go on, and closes its port. */
  | { readonly kind: "broken"; readonly reason: string }
  /** As asked; a port that closes without it is a thread that died. */
  | { readonly kind: "drained" };

/** What a thread of its own is made with, before its first order. INVARIANT: it travels in a message, as all else. */
export interface ThreadLoan {
  readonly cell: CellId;
  readonly ledger: LedgerLoan;
  /** Under which the vault names tenants and subjects. */
  readonly handleKey: KeyObject;
  /** Where content records lie, and by which names they are bound to the cell. */
  readonly records: ConstructorParameters<typeof ContentRecords>[0];
  readonly stored: Readonly<Record<"files" | "batches", StoredObjectsOptions>>;
  readonly limitSeat: LimitSeat;
  readonly isWitness: boolean;
  /** Null: addresses say nothing. */
  readonly countries: Uint8Array | null;
}

export type ControlPort = Port<ControlMessage, GatewayMessage>;
export type GatewayPort = Port<GatewayMessage, ControlMessage>;
