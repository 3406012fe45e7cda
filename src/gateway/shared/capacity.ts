/**
 * How much a cell may use at once, derived from what its process may (src/cell/load/capacity.ts). INVARIANT: plain data. What
 * is shared by several gateway threads is divided among them before it is handed to one.
 */
export interface Capacity {
  /** Descriptors that the process may have open; the ledger and the admin listener have theirs beside what follows. */
  readonly descriptors: number;
  /** Connections of callers. */
  readonly connections: number;
  /** Connections to engines, all together. */
  readonly upstreamConnections: number;
  /** Bodies of requests, and answers that are held whole. */
  readonly bytesInFlight: number;
}
