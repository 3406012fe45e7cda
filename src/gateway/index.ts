// A cell's front: takes requests, applies the law to them, sends them on inside their permit, records both.
export { startGateway } from "./gateway.ts";
export { type GeoIp, openGeoIp } from "./geo-ip.ts";
export {
  type EventRefusal,
  type LegalRegister,
  openLegalRegister,
  type SignedEvent,
} from "./legal-register.ts";
export type { Gateway, GatewayParts } from "./parts.ts";
