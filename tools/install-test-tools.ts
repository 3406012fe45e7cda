// Installs the outside programs that the interop, storage and crash suites are run against, if they are not there.
// `--if-reachable` does not count it as a failure when some cannot be had: their tests then say that they are skipped.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  ed25519Vectors,
  goTool,
  type GoTool,
  goToolDirectory,
  litewitness,
  programOnPath,
  sevSnpVectors,
  tesseraFsck,
} from "../test/support/go-tool.ts";
import { allPythonPackages, type PythonPackages, pythonDirectory } from "../test/support/python-packages.ts";

/** Debian package, and who needs it. `unless`: nothing is wanting where this program is on PATH, however it came there. */
const debianPackages: ReadonlyArray<{
  readonly name: string;
  readonly for: string;
  readonly unless?: string;
}> = [
  { name: "radosgw", for: "WORM storage: an S3 endpoint that enforces Object Lock" },
  { name: "ceph-mon", for: "WORM storage" },
  { name: "ceph-osd", for: "WORM storage" },
  { name: "ceph-common", for: "WORM storage" },
  { name: "postgresql", for: "the index of a fleet" },
  { name: "softhsm2", for: "the key service pkcs11" },
  { name: "chromium", for: "the verifier in a browser", unless: "chromium" },
  { name: "nginx-light", for: "a log behind an HTTP server", unless: "nginx" },
  { name: "strace", for: "the crash suite", unless: "strace" },
  { name: "faketime", for: "the end of a month in running cells", unless: "faketime" },
  { name: "python3-pip", for: "clients and engines in Python", unless: "pip3" },
  { name: "golang-go", for: "the Go verifier", unless: "go" },
  { name: "golang-golang-x-mod-dev", for: "the Go verifier where no Go modules can be had" },
];

/** With their versions in test/support/go-tool.ts, where the tests look for them. */
const goTools: readonly GoTool[] = [tesseraFsck, litewitness];

/** Programs of our own, whose dependencies are fetched now so that a test does not have to. */
const goPrograms = ["goverify", "goformats"].map((name) =>
  fileURLToPath(new URL(`../test/interop/${name}`, import.meta.url)),
);

/** When fetching is cut off, and when everything is: what is fetched has time to be unpacked. */
const fetchLimitMs = 150_000;
const limitMs = 240_000;
const startedMs = performance.now();

const wanting = [
  ...installDebianPackages(),
  ...installGoTools(),
  ...allPythonPackages.flatMap(installPythonPackages),
];
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
console.log(
  `install-test-tools: ${wanting.length === 0 ? "all there" : `wanting: ${wanting.join(", ")}`} (${seconds} s)`,
);
process.exitCode = wanting.length === 0 || process.argv.includes("--if-reachable") ? 0 : 1;

/** Returns what is still not there. */
function installDebianPackages(): readonly string[] {
  const missing = missingPackages();
  if (missing.length === 0) return [];
  if (process.getuid?.() !== 0 || programOnPath("apt-get") === null) {
    console.log(`install-test-tools: as root: apt-get install --no-install-recommends ${missing.join(" ")}`);
    return missing;
  }
  withoutServices(() => {
    const known = knownPackages(missing);
    if (known.length === missing.length && aptInstall(known)) return;
    // The lists of a new machine are empty or old.
    apt(fetchLimitMs, ["update"]);
    aptInstall(knownPackages(missing));
  });
  return missingPackages();
}

function missingPackages(): readonly string[] {
  return debianPackages
    .filter(({ unless }) => unless === undefined || programOnPath(unless) === null)
    .map(({ name }) => name)
    .filter((name) => !isPackageInstalled(name));
}

function isPackageInstalled(name: string): boolean {
  return output("dpkg-query", ["--show", "--showformat=${Status}", name]).endsWith(" installed");
}

function knownPackages(names: readonly string[]): readonly string[] {
  const stanzas = output("apt-cache", ["show", "--no-all-versions", ...names]);
  return names.filter((name) => stanzas.split("\n").includes(`Package: ${name}`));
}

/** In two steps, because fetching can be cut off at any time, and unpacking had better not be. */
function aptInstall(names: readonly string[]): boolean {
  if (names.length === 0) return false;
  const install = ["install", "--yes", "--no-install-recommends", ...names];
  return apt(fetchLimitMs, ["--download-only", ...install]) && apt(limitMs, ["--no-download", ...install]);
}

function apt(untilMs: number, args: readonly string[]): boolean {
  const limits = [
    "-o",
    "DPkg::Lock::Timeout=60",
    "-o",
    "Acquire::Retries=1",
    "-o",
    "Acquire::http::Timeout=20",
  ];
  const environment = { DEBIAN_FRONTEND: "noninteractive" };
  return run({ program: "apt-get", args: ["--quiet=2", ...limits, ...args], environment, untilMs });
}

/** Packages start their servers when they are installed; the tests start their own. */
function withoutServices(install: () => void): void {
  const file = "/usr/sbin/policy-rc.d";
  const text =
    "#!/bin/sh\n# Of bailiwick's tools/install-test-tools.ts: to be deleted if that is not running.\nexit 101\n";
  const isOurs = !existsSync(file) || readFileSync(file, "utf8") === text;
  if (isOurs) writeFileSync(file, text, { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(file, { force: true });
  }
}

/** Returns what is still not there. */
function installGoTools(): readonly string[] {
  const go = programOnPath("go");
  if (go !== null) {
    for (const tool of goTools.filter(isWanting)) installGoTool(go, tool);
    const modules = goPrograms.map((program) => ["-C", program, "mod", "download"]);
    for (const args of [...modules, ["mod", "download", ed25519Vectors, sevSnpVectors]]) {
      run({ program: go, args, environment: {}, untilMs: limitMs });
    }
  }
  return goTools.filter(isWanting).map(({ module, package: path }) => `${module}/${path}`);
}

function installGoTool(go: string, tool: GoTool): void {
  const args = ["install", `${tool.module}/${tool.package}@${tool.version}`];
  run({ program: go, args, environment: { GOBIN: goToolDirectory(tool) }, untilMs: limitMs });
}

function isWanting(tool: GoTool): boolean {
  return goTool(tool) === null;
}

/** Returns what is still not there. Whole or not at all, wherever it is cut off. */
function installPythonPackages(packages: PythonPackages): readonly string[] {
  const { requirements } = packages;
  const directory = pythonDirectory(packages);
  const python = programOnPath("python3");
  if (existsSync(directory) || python === null) return python === null ? requirements : [];
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  // What else is installed here is not this directory's affair.
  const quietly = ["--quiet", "--no-warn-conflicts", "--root-user-action=ignore"];
  const args = ["-m", "pip", "install", ...quietly, "--target", unfinished, ...requirements];
  if (run({ program: python, args, environment: {}, untilMs: limitMs })) renameSync(unfinished, directory);
  return existsSync(directory) ? [] : requirements;
}

interface Run {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** On this process's clock. */
  readonly untilMs: number;
}

function run({ program, args, environment, untilMs }: Run): boolean {
  const timeout = Math.trunc(untilMs - (performance.now() - startedMs));
  if (timeout <= 0) return false;
  console.log(`install-test-tools: ${program} ${args.join(" ")}`);
  const { status, signal, error } = spawnSync(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
    timeout,
  });
  if (status === 0) return true;
  console.error(`install-test-tools: failed (${error?.message ?? signal ?? `exit ${status}`})`);
  return false;
}

function output(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: "utf8", timeout: 30_000 }).stdout ?? "";
}
