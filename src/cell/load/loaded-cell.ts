import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CellId, EndpointId } from "../../base/index.ts";
import { type CellFile, lookUp, parseCellFile, type Policy } from "../../config/index.ts";
import {
  type CurrentGeoIp,
  type FileGeoIp,
  keepGeoIp,
  type KeySetSource,
  type ListenerTls,
  openGeoIp,
} from "../../gateway/index.ts";
import type { Cell } from "../../law/index.ts";
import type { TrustFile } from "../../ledger/index.ts";
import type { EndpointAddress } from "../../providers/index.ts";
import { accepted } from "./accepted.ts";
import { endpointAddresses } from "./endpoint-addresses.ts";
import { readBytes, readText } from "./file-text.ts";
import { keySetSources } from "./key-set-sources.ts";
import { readListenerTls } from "./listener-tls.ts";
import { type PolicyTexts, readPolicyTexts } from "./policy-texts.ts";
import { resolveSecret } from "./secret.ts";
import { readTrust, trustFileName } from "./trust.ts";
import { asUnusableState, UnusableInputError } from "../../disk/index.ts";

/** Which cell it is, and where its state lies; nothing is open yet. */
export interface LocatedCell {
  readonly cell: Cell;
  readonly cellFile: CellFile;
  readonly policy: Policy;
  /** What `policy` was made of. */
  readonly policyTexts: PolicyTexts;
  readonly policyFile: string;
  /** What paths and secrets of the cell file are relative to. */
  readonly file: string;
  readonly stateDirectory: string;
  /** Who cosigns this cell's log, and whose logs it cosigns; null: nobody. */
  readonly trust: TrustFile | null;
}

/** Everything that one cell's process is made from, read and checked. */
export interface LoadedCell extends LocatedCell {
  /** How the endpoints of the policy are reached. */
  readonly addresses: readonly EndpointAddress[];
  readonly keySets: readonly KeySetSource[];
  readonly modelFiles: ReadonlyMap<EndpointId, string>;
  /** Null: callers are received in the clear. */
  readonly tls: ListenerTls | null;
  readonly geoIp: CurrentGeoIp | null;
  /** Null where the cell file asks for no locked copies. */
  readonly wormSecrets: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  /** The address of the database; null where the cell file names no other replicas. */
  readonly limitStore: string | null;
}

/** `wantedCell` comes before what the cell file says. */
export interface CellSource {
  readonly file: string;
  readonly wantedCell: string | null;
}

/** Finds a cell and its state without the secrets that it needs in order to serve. */
export function locateCell({ file, wantedCell }: CellSource): LocatedCell {
  const cellFile = accepted(parseCellFile({ file, text: readText("cell file", file) }));
  // Every path in a cell file is relative to its own folder.
  const folder = dirname(file);
  const policyFile = resolve(folder, cellFile.policyPath);
  const { policy, texts: policyTexts } = accepted(readPolicyTexts(policyFile));
  const cell = findCell(policy, wantedCell ?? cellFile.cell, file);
  const stateDirectory = resolve(folder, cellFile.stateDirectory);
  const trust = findTrust(folder, cellFile.trustPath);
  return { cell, cellFile, policy, policyTexts, policyFile, file, stateDirectory, trust };
}

export function loadCell(source: CellSource): LoadedCell {
  const place = locateCell(source);
  const { cell, cellFile, policy, policyFile } = place;
  const folder = dirname(source.file);
  const modelFiles = new Map(Array.from(cellFile.modelFiles, ([id, path]) => [id, resolve(folder, path)]));
  return {
    ...place,
    addresses: endpointAddresses(policy, { cell: cell.id, policyFile, modelFiles }),
    keySets: keySetSources(policy, policyFile),
    modelFiles,
    tls: readListenerTls(place),
    wormSecrets: resolveWormSecrets(cellFile, source.file),
    limitStore: resolveLimitStore(cellFile, source.file),
    geoIp: openCountries(cellFile.geoIpPath === null ? null : resolve(folder, cellFile.geoIpPath)),
  };
}

function findTrust(folder: string, path: string | null): TrustFile | null {
  const beside = join(folder, trustFileName);
  if (path !== null) return readTrust(resolve(folder, path));
  return existsSync(beside) ? readTrust(beside) : null;
}

function resolveWormSecrets({ worm }: CellFile, file: string): LoadedCell["wormSecrets"] {
  if (worm === null) return null;
  const sources = { environment: process.env, policyFile: file };
  return {
    accessKeyId: resolveSecret("`worm.access-key`", worm.accessKey, sources),
    secretAccessKey: resolveSecret("`worm.secret-key`", worm.secretKey, sources),
  };
}

function resolveLimitStore({ fleet }: CellFile, file: string): string | null {
  const sources = { environment: process.env, policyFile: file };
  return fleet === null ? null : resolveSecret("`fleet.store`", fleet.store, sources);
}

function openCountries(file: string | null): CurrentGeoIp | null {
  return file === null ? null : keepGeoIp(() => readGeoIp(file));
}

function readGeoIp(file: string): FileGeoIp {
  const bytes = readBytes("geo-IP file", file);
  try {
    return openGeoIp(bytes);
  } catch (error) {
    throw asUnusableState(`geo-IP file \`${file}\``, error);
  }
}

function findCell(policy: Policy, name: CellId | string | null, file: string): Cell {
  if (name === null) {
    const known = policy.law.cells.map(({ id }) => `\`${id}\``).join(", ");
    throw new UnusableInputError([
      `\`${file}\` names no cell; add \`cell\` there or give \`--cell\`, one of ${known}`,
    ]);
  }
  const found = lookUp(policy, "cell", name);
  const cell = policy.law.cells.find(({ id }) => id === name);
  if (!found.ok || cell === undefined) throw new UnusableInputError(found.ok ? [] : [found.error]);
  return cell;
}
