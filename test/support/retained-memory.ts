import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What is left after a collection: what the process happens to hold before one says nothing. */
export function retainedMiB(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}
