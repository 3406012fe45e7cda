import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CellId, EndpointId } from "../base/index.ts";
import {
  type CellFile,
  type EndpointConfig,
  type Finding,
  formatFinding,
  parseCellFile,
  type Policy,
} from "../config/index.ts";
import { type GeoIp, openGeoIp } from "../gateway/index.ts";
import type { Cell } from "../law/index.ts";
import type { TrustFile } from "../ledger/index.ts";
import { readBytes, readText, requireReadable } from "./file-text.ts";
import { readPolicy } from "./policy-file.ts";
import { resolveApiKey, resolveSecret } from "./secret.ts";
import { readTrust, trustFileName } from "./trust.ts";
import { asUnusableState, UnusableInputError } from "./unusable-input.ts";

/** Which cell it is, and where its state lies; nothing is open yet. */
export interface LocatedCell {
  readonly cell: Cell;
  readonly cellFile: CellFile;
  readonly policy: Policy;
  readonly policyFile: string;
  /** What paths and secrets of the cell file are relative to. */
  readonly file: string;
  readonly stateDirectory: string;
  /** Who cosigns this cell's log, and whose logs it cosigns; null: nobody. */
  readonly trust: TrustFile | null;
}

/** Everything that one cell's process is made from, read and checked. */
export interface LoadedCell extends LocatedCell {
  readonly endpoints: readonly EndpointConfig[];
  /** Null for an endpoint that wants no key. */
  readonly apiKeys: ReadonlyMap<EndpointId, string | null>;
  readonly modelFiles: ReadonlyMap<EndpointId, string>;
  readonly geoIp: GeoIp | null;
  /** Null where the cell file asks for no locked copies. */
  readonly wormSecrets: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/** `wantedCell` comes before what the cell file says. */
export interface CellSource {
  readonly file: string;
  readonly wantedCell: string | null;
}

/** Wants none of the secrets that a cell needs in order to serve. */
export function locateCell({ file, wantedCell }: CellSource): LocatedCell {
  const cellFile = accepted(parseCellFile({ file, text: readText("cell file", file) }));
  // Every path in a cell file is relative to its own folder.
  const folder = dirname(file);
  const policyFile = resolve(folder, cellFile.policyPath);
  const policy = accepted(readPolicy(policyFile));
  const cell = findCell(policy, wantedCell ?? cellFile.cell, file);
  const stateDirectory = resolve(folder, cellFile.stateDirectory);
  const trust = findTrust(folder, cellFile.trustPath);
  return { cell, cellFile, policy, policyFile, file, stateDirectory, trust };
}

export function loadCell(source: CellSource): LoadedCell {
  const place = locateCell(source);
  const { cell, cellFile, policy, policyFile } = place;
  const folder = dirname(source.file);
  const endpoints = Array.from(policy.endpoints.values()).filter((endpoint) => endpoint.cell === cell.id);
  const modelFiles = new Map(Array.from(cellFile.modelFiles, ([id, path]) => [id, resolve(folder, path)]));
  requireModelFiles(endpoints, modelFiles);
  return {
    ...place,
    endpoints,
    apiKeys: resolveApiKeys(endpoints, policyFile),
    modelFiles,
    wormSecrets: resolveWormSecrets(cellFile, source.file),
    geoIp: cellFile.geoIpPath === null ? null : readGeoIp(resolve(folder, cellFile.geoIpPath)),
  };
}

function findTrust(folder: string, path: string | null): TrustFile | null {
  const beside = join(folder, trustFileName);
  if (path !== null) return readTrust(resolve(folder, path));
  return existsSync(beside) ? readTrust(beside) : null;
}

/** An endpoint without a URL runs in this process, from a file that must be there when the cell starts. */
function requireModelFiles(endpoints: readonly EndpointConfig[], files: LoadedCell["modelFiles"]): void {
  for (const { id } of endpoints.filter(({ url }) => url === null)) {
    const file = files.get(id);
    if (file === undefined) {
      throw new UnusableInputError([
        `endpoint \`${id}\` has no model file; name it under \`model-files\` in the cell file`,
      ]);
    }
    requireReadable(`model file \`${file}\` of endpoint \`${id}\``, file);
  }
}

function resolveWormSecrets({ worm }: CellFile, file: string): LoadedCell["wormSecrets"] {
  if (worm === null) return null;
  const sources = { environment: process.env, policyFile: file };
  return {
    accessKeyId: resolveSecret("`worm.access-key`", worm.accessKey, sources),
    secretAccessKey: resolveSecret("`worm.secret-key`", worm.secretKey, sources),
  };
}

function readGeoIp(file: string): GeoIp {
  const bytes = readBytes("geo-IP file", file);
  try {
    return openGeoIp(bytes);
  } catch (error) {
    throw asUnusableState(`geo-IP file \`${file}\``, error);
  }
}

function accepted<Value>(
  result:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly error: readonly Finding[] },
): Value {
  if (result.ok) return result.value;
  throw new UnusableInputError(result.error.map(formatFinding));
}

function findCell(policy: Policy, name: CellId | string | null, file: string): Cell {
  const known = policy.law.cells.map(({ id }) => `\`${id}\``).join(", ");
  if (name === null) {
    throw new UnusableInputError([
      `\`${file}\` names no cell; add \`cell\` there or give \`--cell\`, one of ${known}`,
    ]);
  }
  const cell = policy.law.cells.find(({ id }) => id === name);
  if (cell === undefined) {
    throw new UnusableInputError([`cell \`${name}\` is not in the policy; it has ${known}`]);
  }
  return cell;
}

/** All that are missing are named at once. */
function resolveApiKeys(endpoints: readonly EndpointConfig[], policyFile: string): LoadedCell["apiKeys"] {
  const sources = { environment: process.env, policyFile };
  const keys = new Map<EndpointId, string | null>();
  const lines: string[] = [];
  for (const endpoint of endpoints) {
    try {
      keys.set(endpoint.id, resolveApiKey(endpoint, sources));
    } catch (error) {
      if (!(error instanceof UnusableInputError)) throw error;
      lines.push(...error.lines);
    }
  }
  if (lines.length > 0) throw new UnusableInputError(lines);
  return keys;
}
