// The demo's directory: what `up` finds there is kept, what is missing is made, and addresses follow the ports.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import type { EndpointId } from "../../base/index.ts";
import { parseCellFile } from "../../config/index.ts";
import { type DemoKeys, openDemoKeys } from "./demo-keys.ts";
import {
  addLlamaEndpoint,
  enginesLeft,
  frankfurtUrl,
  llamaEndpoint,
  placeDemoPolicy,
} from "./demo-policy.ts";
import { defaultPortBase, demoCells, demoPorts, portBaseOf, usedOffsets } from "./demo-ports.ts";
import { readText, requireReadable } from "../load/file-text.ts";
import { installationDirectory } from "../installation.ts";
import type { CellSource } from "../load/loaded-cell.ts";
import { firstTaken, loopback, nextFreeBlock } from "./ports.ts";
import { trustFileName } from "../load/trust.ts";
import {
  asUnusableState,
  ensureDirectory,
  lockDirectory,
  UnusableInputError,
  writeText,
} from "../../disk/index.ts";

export interface DemoOptions {
  readonly directory: string;
  /** Null: the demo takes the ports of an earlier start if they are free, else the first free block. */
  readonly portBase: number | null;
  /** Null: the demo runs the one of an earlier start, if there was one. */
  readonly modelFile: string | null;
}

export interface Demo {
  readonly policyFile: string;
  readonly trustFile: string;
  readonly keys: DemoKeys;
  readonly cells: readonly CellSource[];
}

/** Keeps a second `up` out of the directory, which would move the first one's ports. Returns what lets it in again. */
export function holdDirectory(directory: string): () => void {
  ensureDirectory(directory);
  try {
    return lockDirectory(directory);
  } catch (error) {
    throw asUnusableState(`demo directory \`${directory}\``, error);
  }
}

/** Nothing is running when this returns; every file that the cells start from is in place. */
export async function prepareDemo({ directory, portBase, modelFile }: DemoOptions): Promise<Demo> {
  if (modelFile !== null) requireReadable(`\`--gguf\`: model file \`${modelFile}\``, modelFile);
  const policyFile = join(directory, "policy.yaml");
  const known = existsSync(policyFile) ? readText("policy", policyFile) : null;
  const keys = openDemoKeys(directory);
  const base = await choosePortBase(portBase, known);
  const model = modelFile === null ? modelFileOf(directory) : resolve(modelFile);
  const template =
    known ?? readText("policy", join(installationDirectory, "examples", "demo", "policy.yaml"));
  const policy = placeDemoPolicy(model === null ? template : addLlamaEndpoint(template), base, keys);
  writeText(policyFile, policy);
  const cells = demoCells.map(({ cell, engines }) => {
    const modelFiles = cell === "eu-frankfurt" && model !== null ? { [llamaEndpoint]: model } : {};
    const file = cellFileOf(directory, cell);
    writeText(file, formatCellFile(cell, { base, engines: enginesLeft(policy, engines), modelFiles }));
    return { file, wantedCell: null };
  });
  return { policyFile, trustFile: join(directory, trustFileName), keys, cells };
}

async function choosePortBase(wanted: number | null, policy: string | null): Promise<number> {
  if (wanted === null) {
    const earlier = policy === null ? null : portBaseOf(frankfurtUrl(policy));
    if (earlier !== null && (await firstTaken(earlier, usedOffsets)) === null) return earlier;
    return nextFreeBlock(defaultPortBase, usedOffsets);
  }
  const taken = await firstTaken(wanted, usedOffsets);
  if (taken === null) return wanted;
  throw new UnusableInputError([
    `\`--port-base ${wanted}\`: port ${taken} is taken; stop what listens there, or leave the flag out to get a free block`,
  ]);
}

function modelFileOf(directory: string): string | null {
  const file = cellFileOf(directory, "eu-frankfurt");
  if (!existsSync(file)) return null;
  const cellFile = parseCellFile({ file, text: readText("cell file", file) });
  const path = cellFile.ok ? cellFile.value.modelFiles.get(llamaEndpoint as EndpointId) : undefined;
  return path ?? null;
}

function cellFileOf(directory: string, cell: string): string {
  return join(directory, `${cell}.yaml`);
}

interface CellFileParts {
  readonly base: number;
  readonly engines: readonly string[];
  readonly modelFiles: Readonly<Record<string, string>>;
}

function formatCellFile(cell: string, { base, engines, modelFiles }: CellFileParts): string {
  const ports = demoPorts(base);
  return stringify({
    "bailiwick-cell": 1,
    cell,
    policy: "policy.yaml",
    state: cell,
    listen: `${loopback}:${ports.cell(cell)}`,
    admin: `${loopback}:${ports.admin(cell)}`,
    "simulated-engines": Object.fromEntries(engines.map((engine) => [engine, ports.engine(engine)])),
    "model-files": modelFiles,
  });
}
