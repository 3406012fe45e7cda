// The Go programs below test/interop, built as an outsider would: goverify with Go modules, or else with Debian's packages alone.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programOnPath } from "./go-tool.ts";

/** Where the package golang-golang-x-mod-dev puts its sources. */
const debianSources = "/usr/share/gocode";
const buildLimitMs = 120_000;

export const goVerifierMissing =
  "goverify cannot be built: install Go 1.24 and run `go mod download` in test/interop/goverify, or apt-get install golang-go golang-golang-x-mod-dev";

/** The program's path in `directory`, or null where it cannot be built. */
export function buildGoVerifier(directory: string): string | null {
  const path = join(directory, "goverify");
  return build("goverify", path, {}) || buildFromDebian(path) ? path : null;
}

export const goFormatsMissing =
  "goformats cannot be built: install Go 1.25 and run `go mod download` in test/interop/goformats";

export function buildGoFormats(directory: string): string | null {
  const path = join(directory, "goformats");
  return build("goformats", path, {}) ? path : null;
}

/** False where Debian's sources are not there. */
export function buildFromDebian(path: string): boolean {
  if (!existsSync(join(debianSources, "src/golang.org/x/mod/sumdb"))) return false;
  return build("goverify", path, { GO111MODULE: "off", GOPATH: debianSources });
}

function build(name: string, path: string, environment: Readonly<Record<string, string>>): boolean {
  const go = programOnPath("go");
  if (go === null) return false;
  const { status } = spawnSync(go, ["build", "-buildvcs=false", "-o", path, "."], {
    cwd: fileURLToPath(new URL(`../interop/${name}`, import.meta.url)),
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: buildLimitMs,
  });
  return status === 0;
}
