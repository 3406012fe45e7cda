// A configuration of another gateway, through the command that makes a policy of it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { command, type CommandResult } from "./command.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export interface Imported extends CommandResult {
  readonly policy: string;
  /** Empty where none was written. */
  readonly text: string;
}

export async function importText(kind: string, text: string, ...flags: readonly string[]): Promise<Imported> {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-import-"));
  folders.push(folder);
  const [file, policy] = [join(folder, "foreign"), join(folder, "policy.yaml")];
  writeFileSync(file, text);
  const result = await command("import", kind, file, "--out", policy, ...flags);
  return { ...result, policy, text: existsSync(policy) ? readFileSync(policy, "utf8") : "" };
}
