// Where a command finds the admin API of a cell that runs: in the cell's state.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readText } from "../load/file-text.ts";
import { writeText } from "../../disk/index.ts";

export function adminTokenFile(stateDirectory: string): string {
  return join(stateDirectory, "keys", "admin-token");
}

/** Writes down where the admin API is: its port may be a free one. After a crash, who asks there finds nobody. */
export function announceAdmin(stateDirectory: string, url: string): () => void {
  const file = addressFile(stateDirectory);
  writeText(file, `${url}\n`);
  return () => rmSync(file, { force: true });
}

/** Null when no cell has run in this state, or the last one stopped. */
export function readAdminAddress(stateDirectory: string): string | null {
  const file = addressFile(stateDirectory);
  return existsSync(file) ? readText("admin address", file).trimEnd() : null;
}

function addressFile(stateDirectory: string): string {
  return join(stateDirectory, "admin-url");
}
