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
export {
  type Course,
  courseFor,
  type HybridRule,
  type RoutingFacts,
  routingFactsOf,
  type RoutingMode,
  routingModes,
  type ServiceState,
} from "./hybrid.ts";
export { type EndpointView, pick, type Pick, type Ranking, rankings } from "./pick.ts";
