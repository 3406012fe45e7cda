import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { addCellOptions, call, type CellFlags } from "./lifecycle-call.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

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
  act(keys, "health", "say whether the key service can be reached; exit code 1 if not").runs(health);
  act(keys, "rotate", "make a new version of the wrapping key").runs(rotate);
  act(keys, "rewrap", "bring every subject key under the newest version").runs(rewrap);
}

function act(keys: Command, name: string, description: string): Command {
  return addCellOptions(keys.command(name).description(description));
}

async function health(terminal: Terminal, flags: CellFlags): Promise<ExitCode> {
  const state = await call<Health>(terminal, flags, { method: "GET", path: "/admin/keys", input: {} });
  const { service, newest, reason, cached } = state;
  const told =
    newest === null
      ? `key service \`${service}\` cannot be reached: ${reason}; ${cached} keys in memory go on`
      : `key service \`${service}\` answers: key \`${newest.key}\`, version ${newest.version}; ${cached} keys in memory`;
  await (flags.json ? terminal.printJson(state) : terminal.print(told));
  return newest === null ? exitCode.checkFailed : exitCode.ok;
}

async function rotate(terminal: Terminal, flags: CellFlags): Promise<ExitCode> {
  const version = await call<Version>(terminal, flags, {
    method: "POST",
    path: "/admin/keys/rotate",
    input: {},
  });
  const told = `new keys are wrapped under version ${version.version} of \`${version.key}\`; \`bailiwick keys rewrap\` brings the others there`;
  await (flags.json ? terminal.printJson(version) : terminal.print(told));
  return exitCode.ok;
}

async function rewrap(terminal: Terminal, flags: CellFlags): Promise<ExitCode> {
  const result = await call<Version & { readonly wrapped: number }>(terminal, flags, {
    method: "POST",
    path: "/admin/keys/rewrap",
    input: {},
  });
  const { key, version, wrapped } = result;
  await (flags.json
    ? terminal.printJson(result)
    : terminal.print(`${wrapped} subject keys are under version ${version} of \`${key}\``));
  return exitCode.ok;
}
