// The same appends on a disk that takes 5 ms for every sync, as a cloud volume may: strace delays the calls.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LedgerCase, Measured } from "./ledger-case.ts";

const delayUs = 5000;
const syncs = "fsync,fdatasync";
const inject = `inject=${syncs}:delay_exit=${delayUs}`;
const strace = ["-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", `trace=${syncs}`, "-e", inject];

export const slowDiskCases: readonly LedgerCase[] = [
  { name: "append, 256 together, 5 ms a sync", run: () => Promise.resolve(underStrace()) },
];

function underStrace(): Measured {
  const bench = fileURLToPath(new URL("./ledger.ts", import.meta.url));
  const { status, error, stdout, stderr } = spawnSync(
    "strace",
    [...strace, process.execPath, bench, "--json", "--only", "append, 256 at a time"],
    { encoding: "utf8" },
  );
  if (error) throw new Error("strace is not installed: apt-get install strace", { cause: error });
  if (status !== 0) throw new Error(`the run under strace failed: ${stderr}`);
  const { bench: _bench, case: _case, ...measured } = JSON.parse(stdout) as Row;
  return measured;
}

type Row = Measured & { readonly bench: unknown; readonly case: unknown };
