import type { Operation } from "./operation.ts";

/** All of the admin API beside health and metrics. */
export const operations: readonly Operation[] = [];
