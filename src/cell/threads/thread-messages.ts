// Everything that the control thread of a cell and its gateway threads say to each other. INVARIANT: plain data, which
// `structuredClone` takes: texts and addresses, never what was made of them.
import type { EndpointId } from "../../base/index.ts";
import type { GatewaySettings, LimitStanding, Standing } from "../../gateway/index.ts";
import type { EndpointAddress } from "../../providers/index.ts";
import type { Quarantine } from "../../store/index.ts";
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

export type ControlMessage =
  | { readonly kind: "order"; readonly id: number; readonly order: Order }
  | { readonly kind: "standing"; readonly standing: Standing };

export type GatewayMessage =
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "keys-unavailable" }
  /** On record, and in effect in this thread; the others have to hear of it. */
  | { readonly kind: "quarantined"; readonly quarantine: Quarantine }
  /** The thread cannot go on, and closes its port. */
  | { readonly kind: "broken"; readonly reason: string }
  /** As asked; a port that closes without it is a thread that died. */
  | { readonly kind: "drained" };

export type ControlPort = Port<ControlMessage, GatewayMessage>;
export type GatewayPort = Port<GatewayMessage, ControlMessage>;
