// Who may read what a cell writes, whatever umask it was started with.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { type DemoContract, program } from "./support/demo.ts";
import { reservePortBase } from "./support/port-block.ts";
import { chatAt } from "./support/serve.ts";

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** The modes in which the files of each kind in a cell's state are, without duplicates. */
async function modesUnder(umask: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-modes-"));
  try {
    const args = ["up", "--json", "--dir", directory, "--port-base", String(await reservePortBase())];
    const shell = ["-c", `umask ${umask} && exec "$0" "$@"`, program, ...args];
    const child = spawn("sh", shell, { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const { cells, keys } = JSON.parse(String(line)) as DemoContract;
    const [cell] = cells;
    await chatAt(cell?.url ?? "", keys["demo-bank"] ?? "");
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    const state = join(cell?.ledger ?? "", "..");
    const kinds = {
      secrets: ["keys/*", "keys/log/*", "vault/handle-key", "vault/*/*/*"],
      folders: ["keys", "keys/log", "vault", "vault/*", "legal", "ledger"],
      log: ["ledger/log/*/checkpoint"],
      tiles: ["ledger/log/*/tile/**/*"],
    };
    const modes = Object.entries(kinds).map(([kind, globs]) => {
      const found = globSync(globs, { cwd: state }).map((path) => join(state, path));
      const wanted = found.filter((path) => statSync(path).isDirectory() === (kind === "folders"));
      return [kind, [...new Set(wanted.map(modeOf))].toSorted()] as const;
    });
    return { ...Object.fromEntries(modes), state: [modeOf(state)] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

for (const umask of ["000", "022", "077"]) {
  test(`under umask ${umask} secrets are 0600, their folders and the state 0700, and the log is written by its owner alone`, async () => {
    const modes = await modesUnder(umask);
    assert.deepEqual(modes["state"], ["700"]);
    assert.deepEqual(modes["folders"], ["700"]);
    assert.deepEqual(modes["secrets"], ["600"]);
    assert.deepEqual(modes["tiles"], ["444"]);
    assert.deepEqual(modes["log"], ["644"]);
  });
}
