// Chooses inside a permit, by health, load and preference.
export { answerersOf } from "./answerers.ts";
export {
  afterCircuitSignal,
  type Circuit,
  type CircuitSignal,
  closedCircuit,
  isCircuitAvailable,
  isDoubtfulFor,
  takeCircuitTrial,
} from "./circuit.ts";
export { ConcurrencyLimit } from "./concurrency-limit.ts";
export { classifyFailure, type FailureClass, type Misfit } from "./failure-class.ts";
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
  type RoutePlan,
  routePlanFor,
  type HybridRule,
  type RoutingFacts,
  routingFactsOf,
  type RoutingMode,
  routingModes,
  type ServiceState,
} from "./hybrid.ts";
export { Outliers, type Showing } from "./outliers.ts";
export { type EndpointView, pick, type Pick } from "./pick.ts";
export { byStanding, type Preference, type Preferences, type Ranking, rankings } from "./preference.ts";
export { RetryBudget, type RetryShare } from "./retry-budget.ts";
export { StreamPace } from "./stream-pace.ts";
export { lowerPriority, priorities, type Priority } from "./line-order.ts";
export { WaitingLine } from "./waiting-line.ts";
