// Where packages for Python lie that tests are run against: outside of the project, put there by tools/install-test-tools.ts.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { programOnPath } from "./go-tool.ts";

export interface PythonPackages {
  readonly name: string;
  /** With their versions. */
  readonly requirements: readonly string[];
}

export const pythonClients: PythonPackages = {
  name: "the official clients for Python",
  requirements: ["openai==3.57.0", "anthropic==2.14.0"],
};

/** Its server, as the C++ project builds it. */
export const llamaServer: PythonPackages = {
  name: "llama.cpp's server",
  requirements: ["xllamacpp==2026.10.11549"],
};

export const allPythonPackages: readonly PythonPackages[] = [pythonClients, llamaServer];

/** One directory for these versions: that others are there says nothing. */
export function pythonDirectory({ requirements }: PythonPackages): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(cache, "bailiwick", "python-packages", requirements.join("_"));
}

/** What a test says that is skipped for want of them; undefined where they are there. */
export function pythonPackagesMissing(packages: PythonPackages): string | undefined {
  const directory = pythonDirectory(packages);
  if (programOnPath("python3") !== null && existsSync(directory)) return undefined;
  return `${packages.name}: not installed; npm run install:test-tools, or python3 -m pip install --target ${directory} ${packages.requirements.join(" ")}`;
}

/** Nothing else of this process's surroundings: clients take base URLs and keys from there. */
export function pythonEnvironment(packages: PythonPackages): Readonly<Record<string, string>> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, PYTHONPATH: pythonDirectory(packages) };
}
