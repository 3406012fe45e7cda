// Where the official clients for Python lie: outside of the project, put there by tools/install-test-tools.ts.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { programOnPath } from "./go-tool.ts";

export const pythonClients = ["openai==3.57.0", "anthropic==2.14.0"] as const;

/** One directory for these versions: that others are there says nothing. */
export function pythonClientsDirectory(): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(cache, "bailiwick", "python-clients", pythonClients.join("_"));
}

/** What a test says that is skipped for want of them; undefined where they are there. */
export function pythonClientsMissing(): string | undefined {
  if (programOnPath("python3") !== null && existsSync(pythonClientsDirectory())) return undefined;
  return `the clients for Python are not installed: npm run install:test-tools, or python3 -m pip install --target ${pythonClientsDirectory()} ${pythonClients.join(" ")}`;
}
