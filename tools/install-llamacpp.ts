// Installs the optional packages of the engine `llamacpp` unless they are there. `--if-reachable` does not count it as
// a failure when they cannot be had: tests that need them then say that they are skipped.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../optional/llamacpp", import.meta.url));
const timeoutMs = 300_000;

process.exitCode = install() || process.argv.includes("--if-reachable") ? 0 : 1;

function install(): boolean {
  // npm writes this file last, so an installation that was cut off does not count.
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) {
    console.log("install-llamacpp: the packages are there");
    return true;
  }
  console.log(`install-llamacpp: npm ci in ${folder} (about 105 MB, at most ${timeoutMs / 60_000} minutes)`);
  const { status, signal, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--fetch-retries=1"], {
    cwd: folder,
    stdio: "inherit",
    timeout: timeoutMs,
  });
  if (status === 0) return true;
  console.error(`install-llamacpp: failed (${error?.message ?? signal ?? `exit ${status}`})`);
  rmSync(`${folder}/node_modules`, { recursive: true, force: true });
  return false;
}
