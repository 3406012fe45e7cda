/** How the endpoints inside a permit are ranked. No mode widens the law. */
export const routingModes = ["legal-first", "performance-first"] as const;
export type RoutingMode = (typeof routingModes)[number];
