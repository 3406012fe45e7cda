import type { Command } from "commander";
import { exitCode } from "./exit-code.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import { print, printJson } from "./output.ts";

interface Version {
  readonly key: string;
  readonly version: string;
}

interface Health {
  readonly service: string;
  readonly newest: Version | null;
  readonly reason: string | null;
  readonly cached: number;
}

export function addKeysCommand(program: Command): void {
  const keys = program.command("keys").description("the key service that wraps a cell's subject keys");
  act(keys, "health", "say whether the key service can be reached; exit code 1 if not").action(health);
  act(keys, "rotate", "make a new version of the wrapping key").action(rotate);
  act(keys, "rewrap", "bring every subject key under the newest version").action(rewrap);
}

function act(keys: Command, name: string, description: string): Command {
  return addCellOptions(keys.command(name).description(description));
}

async function health(flags: CellFlags): Promise<void> {
  const state = await call<Health>(flags, { method: "GET", path: "/admin/keys" }, {});
  const { service, newest, reason, cached } = state;
  const told =
    newest === null
      ? `key service \`${service}\` cannot be reached: ${reason}; ${cached} keys in memory go on`
      : `key service \`${service}\` answers: key \`${newest.key}\`, version ${newest.version}; ${cached} keys in memory`;
  await (flags.json ? printJson(state) : print(told));
  process.exitCode = newest === null ? exitCode.checkFailed : exitCode.ok;
}

async function rotate(flags: CellFlags): Promise<void> {
  const version = await call<Version>(flags, { method: "POST", path: "/admin/keys/rotate" }, {});
  const told = `new keys are wrapped under version ${version.version} of \`${version.key}\`; \`bailiwick keys rewrap\` brings the others there`;
  await (flags.json ? printJson(version) : print(told));
  process.exitCode = exitCode.ok;
}

async function rewrap(flags: CellFlags): Promise<void> {
  const result = await call<Version & { readonly wrapped: number }>(
    flags,
    { method: "POST", path: "/admin/keys/rewrap" },
    {},
  );
  const { key, version, wrapped } = result;
  await (flags.json
    ? printJson(result)
    : print(`${wrapped} subject keys are under version ${version} of \`${key}\``));
  process.exitCode = exitCode.ok;
}
