// Where inside a permit: health, load, preference.
export { type RoutingMode, routingModes } from "./pick.ts";
