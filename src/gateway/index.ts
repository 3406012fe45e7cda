// A cell's front: takes requests, applies the law to them, sends them on inside their permit, records both.
export { type Control, openControl } from "./control.ts";
export { startGateway } from "./gateway.ts";
export { faultOf, type ListenerTls } from "./certificates/listener-tls.ts";
export { allowedEndpoint } from "./exchange/ruling.ts";
export { countingMs, countsAll, fallenCounters } from "./shared/counter-standing.ts";
export { countedRetentionDays } from "./shared/ledger-tally.ts";
export type { LimitStanding } from "./limits/limit-standing.ts";
export { forgetThread } from "./limits/ended-thread.ts";
export { LeaseKeeper } from "./limits/lease-keeper.ts";
export { claimLevels, createLimitMemory, type LimitSeat } from "./limits/limit-memory.ts";
export { openLimitMemory } from "./limits/open-limit-memory.ts";
export { openTally } from "./shared/open-tally.ts";
export { TransferTally } from "./shared/transfer-tally.ts";
export { type CurrentGeoIp, keepGeoIp } from "./shared/current-geo-ip.ts";
export { type FileGeoIp, type GeoIp, openGeoIp } from "./shared/geo-ip.ts";
export type { HeldKeySet } from "./in-force/key-sets.ts";
export type { KeySetSource } from "./watch/key-set-watch.ts";
export { type HeldEvent, lawUnder, readHeldEvent } from "./in-force/held-events.ts";
export {
  type EventRefusal,
  type LegalRegister,
  openLegalRegister,
  type SignedEvent,
} from "./in-force/legal-register.ts";
export type {
  Gateway,
  GatewayParts,
  GatewaySettings,
  CellParts,
  PreparedPolicy,
  WitnessAnswers,
} from "./exchange/parts.ts";
export type { Capacity } from "./shared/capacity.ts";
export type { PolicyRefusal, Standing, ThreadTools } from "./exchange/thread-services.ts";
export type { ControlParts, GatewayThreads } from "./operator/control-services.ts";
