// Where inside a permit: health, load, preference.
export {
  afterSignal,
  type Health,
  healthy,
  isAvailable,
  isProbeDue,
  type Signal,
  takeTrial,
} from "./health.ts";
export { type EndpointView, pick, type Pick, type RoutingMode, routingModes } from "./pick.ts";
