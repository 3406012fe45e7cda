// Installs what the gateway is measured beside, if it is not there: `npm run bench -- --install`. Never part of CI.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  envoyProgram,
  isPortkeyInstalled,
  litellmProgram,
  peersFolder,
  portkeyPackage,
  type PythonPeer,
  pythonPeers,
} from "./installed.ts";
import { haproxy, nginx } from "./proxies.ts";

const limitMs = 600_000;

/** Says what it cannot install, and installs the rest. */
export function installPeers(): boolean {
  mkdirSync(peersFolder, { recursive: true });
  const outcomes = [
    installDebian(),
    envoyProgram.whyMissing() === null || installPython(pythonPeers.envoy),
    litellmProgram.whyMissing() === null || installPython(pythonPeers.litellm),
    isPortkeyInstalled() || installPortkey(),
  ];
  return outcomes.every(Boolean);
}

function installDebian(): boolean {
  const packages = [
    ...(nginx.whyMissing() === null ? [] : ["nginx-light"]),
    ...(haproxy.whyMissing() === null ? [] : ["haproxy"]),
  ];
  const install = ["--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=60", ...packages];
  return packages.length === 0 || run("apt-get", ["install", ...install]);
}

function installPython({ name, requirement }: PythonPeer): boolean {
  const folder = join(peersFolder, name);
  return (
    run("python3", ["-m", "venv", folder]) &&
    run(join(folder, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", requirement])
  );
}

function installPortkey(): boolean {
  const folder = join(peersFolder, "portkey");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(portkeyPackage));
  return run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
}

function run(program: string, args: readonly string[], cwd = peersFolder): boolean {
  console.log(`bench: ${program} ${args.join(" ")}`);
  const { status, error, signal } = spawnSync(program, args, { cwd, stdio: "inherit", timeout: limitMs });
  if (status !== 0) console.error(`bench: failed (${error?.message ?? signal ?? `exit ${status}`})`);
  return status === 0;
}
