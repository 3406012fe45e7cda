// How much a cell may use at once, from what its process may. What runs out first elsewhere would run out where nothing may
// fail: in the ledger (docs/decisions/0034).
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { AskedCapacity } from "../../config/index.ts";
import type { Capacity } from "../../gateway/index.ts";

/** What one process may have, or its part for each of its cells. */
export interface ProcessLimits {
  readonly descriptors: number;
  readonly memoryBytes: number;
}

interface Asking extends ProcessLimits {
  /** Simulated engines run in this process: each connection to one has both its ends here. */
  readonly hasOwnEngines: boolean;
  /** That serve callers beside the main one. */
  readonly ownThreads: number;
}

/**
 * Kept back, where there is as much: some 30 that the process and its threads have open, 20 for the ledger while it seals,
 * 16 for the admin listener, 16 for connections beside the bound, and the rest for files of vault and records.
 */
const keptBack = 112;
/** An event loop has six of its own, and there are a listener and a dead connection beside. */
const descriptorsOfThread = 8;
/** Of the memory, for bodies and answers: each is held about twice while it is read, and there is more to hold. */
const memoryPart = 8;

/** What the cell file asks for, cut to what there is; by default all that there is. */
export function capacityOf(
  asked: AskedCapacity,
  { descriptors, memoryBytes, hasOwnEngines, ownThreads }: Asking,
): Capacity {
  const kept = Math.max(
    Math.min(keptBack + ownThreads * descriptorsOfThread, Math.floor(descriptors / 2)),
    Math.floor(descriptors / 8),
  );
  const free = descriptors - kept;
  const ends = hasOwnEngines ? 2 : 1;
  const part = Math.max(1, Math.floor(free / (1 + ends)));
  const connections = Math.min(asked.maxConnections ?? part, Math.max(1, free - ends));
  const left = Math.max(1, Math.floor((free - connections) / ends));
  return {
    descriptors,
    connections,
    upstreamConnections: Math.min(asked.maxUpstreamConnections ?? part, left),
    bytesInFlight: asked.maxBytesInFlight ?? Math.floor(memoryBytes / memoryPart),
  };
}

/** Of this process, for each of `cells`. Node has raised the soft limit to the hard one by now. */
export function processLimits(cells: number): ProcessLimits {
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return {
    descriptors: Math.floor(openFilesLimit() / cells),
    memoryBytes: Math.floor(memoryBytes / cells),
  };
}

/** What systems without `/proc` allow at least (POSIX's `_POSIX_OPEN_MAX` is 20; macOS and BSD begin with 256). */
const unknownLimit = 256;

function openFilesLimit(): number {
  try {
    const [, soft] =
      /^Max open files +(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === "unlimited" ? 1_048_576 : Number(soft ?? unknownLimit);
  } catch {
    return unknownLimit;
  }
}
