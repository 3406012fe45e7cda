// Where the Go programs that judge our logs lie: outside of the project, put there by tools/install-test-tools.ts.
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const cacheDirectory = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "bailiwick");

/** One directory a version, so that a new version is not taken for installed because an old one is there. */
export function goToolDirectory(module: string, version: string): string {
  return join(cacheDirectory, "go-tools", `${module.replaceAll("/", "_")}@${version}`);
}

/** The path of a program on PATH, or null. */
export function programOnPath(name: string): string | null {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/go/bin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
