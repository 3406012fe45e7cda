import type { LineOutput } from "./line-output.ts";

export interface GatheredLines {
  /** One whole line. It leaves with the others of its turn of the event loop. */
  write(line: string): void;
  /** They leave now: to be called when no turn may follow. */
  flush(): void;
}

/**
 * Many requests end in one turn, and a write of each one's line would cost as much as writing its answer. `waitMs`: for how
 * long lines may be gathered where each write wakes another thread.
 */
export function gatherLines(output: LineOutput, waitMs = 0): GatheredLines {
  let gathered = "";
  let lineCount = 0;

  function flush(): void {
    if (lineCount > 0) output.write(gathered, lineCount);
    gathered = "";
    lineCount = 0;
  }

  return {
    write(line) {
      if (lineCount === 0 && waitMs === 0) setImmediate(flush);
      else if (lineCount === 0) setTimeout(flush, waitMs);
      gathered += line;
      lineCount++;
    },
    flush,
  };
}
