// A cell's front: takes requests, applies the law to them, sends them on inside their permit, records both.
export { startGateway } from "./gateway.ts";
export { type GeoIp, openGeoIp } from "./geo-ip.ts";
export {
  type EventRefusal,
  type LegalRegister,
  openLegalRegister,
  type SignedEvent,
} from "./legal-register.ts";
export {
  isLifecycleErrorCode,
  LifecycleError,
  type LifecycleErrorCode,
} from "./lifecycle/lifecycle-error.ts";
export type { Custody, Keeping } from "./lifecycle/custody.ts";
export { erasureGrounds, holdReasons } from "./lifecycle/grounds.ts";
export { replay } from "./lifecycle/replay.ts";
export { resumeLifecycle } from "./lifecycle/resume.ts";
export type { Operation } from "./admin/operation.ts";
export { operations } from "./admin/operations.ts";
export { RecordShelf } from "./records/record-shelf.ts";
export type { Gateway, GatewayParts } from "./parts.ts";
