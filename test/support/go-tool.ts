// Where the Go programs that judge our logs lie: outside of the project, put there by tools/install-test-tools.ts.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** `go install <module>/<package>@<version>`. */
export interface GoTool {
  readonly module: string;
  readonly version: string;
  readonly package: string;
  /** What a test says that is skipped for want of it. */
  readonly missing: string;
}

export const tesseraFsck: GoTool = goToolOf("github.com/transparency-dev/tessera", "v1.0.4", "cmd/fsck");
export const litewitness: GoTool = goToolOf("filippo.io/torchwood", "v0.5.0", "cmd/litewitness");

/** Test vectors that Go's own library is tested with, `ed25519vectors.json`. */
export const ed25519Vectors = "filippo.io/mostly-harmless/ed25519vectors@v0.0.0-20210322192420-30a2d7243a94";

/** A report that a processor of AMD's has signed, and the certificates of its roots: `verify/testdata`, `verify/trust`. */
export const sevSnpVectors = "github.com/google/go-sev-guest@v0.15.0";

/** Where the files of a module lie, fetched if need be; null where it cannot be had. */
export function goModuleDirectory(module: string): string | null {
  const go = programOnPath("go");
  if (go === null) return null;
  const { status, stdout } = spawnSync(go, ["mod", "download", "-json", module], {
    cwd: tmpdir(),
    encoding: "utf8",
    timeout: 30_000,
  });
  return status === 0 ? (JSON.parse(stdout) as { Dir: string }).Dir : null;
}

function goToolOf(module: string, version: string, packagePath: string): GoTool {
  const missing = `${programName({ package: packagePath })} is not installed: npm run install:test-tools, or go install ${module}/${packagePath}@${version}`;
  return { module, version, package: packagePath, missing };
}

/** One directory a version, so that a new version is not taken for installed because an old one is there. */
export function goToolDirectory({ module, version }: GoTool): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(cache, "bailiwick", "go-tools", `${module.replaceAll("/", "_")}@${version}`);
}

/** The program's path, or null where it is not installed. PATH is not searched: `fsck` is another program there. */
export function goTool(tool: GoTool): string | null {
  const path = join(goToolDirectory(tool), programName(tool));
  return isExecutable(path) ? path : null;
}

/** The path of a program on PATH, or null. */
export function programOnPath(name: string): string | null {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/go/bin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

function programName({ package: path }: Pick<GoTool, "package">): string {
  return path.replace(/^.*\//, "");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
