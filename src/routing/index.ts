// Where inside a permit: health, load, preference.
export {
  afterSignal,
  availableAtMs,
  type Health,
  healthy,
  isAvailable,
  isProbeDue,
  type Signal,
  takeTrial,
} from "./health.ts";
export {
  type EndpointView,
  pick,
  type Pick,
  type PickOptions,
  type RoutingMode,
  routingModes,
} from "./pick.ts";
