import { join } from "node:path";

/** Where a cell looks for signed legal events: whoever wants one in force puts its note there. */
export function legalDirectory(stateDirectory: string): string {
  return join(stateDirectory, "legal");
}
