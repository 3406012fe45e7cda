import { type CellId, type EndpointId, fail, ok, type Result } from "../../base/index.ts";
import { type CellFileDocument, cellFileSchema } from "../schema/cell-file-schema.ts";
import type {
  AskedCapacity,
  CellFile,
  CellLimits,
  FleetConfig,
  ListenTls,
  WormConfig,
} from "../values/cell-file.ts";
import { lentLimits } from "../values/limits.ts";
import { checkShape } from "../schema/check-shape.ts";
import { type Finding, toFindings } from "../yaml/finding.ts";
import { readYaml } from "../yaml/yaml-reader.ts";

interface CellFileSource {
  /** The name that findings give the file. */
  readonly file: string;
  readonly text: string;
}

/** The cell file, or everything that is wrong with it. Never throws. */
export function parseCellFile({ file, text }: CellFileSource): Result<CellFile, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));
  const shape = checkShape(cellFileSchema, root);
  if (!shape.ok || problems.length > 0) {
    return fail(toFindings(file, [...problems, ...(shape.ok ? [] : shape.error)]));
  }
  return ok(buildCellFile(shape.value));
}

function buildCellFile(document: CellFileDocument): CellFile {
  const ports = Object.entries(document["simulated-engines"]);
  const files = Object.entries(document["model-files"]);
  return {
    cell: (document.cell ?? null) as CellId | null,
    policyPath: document.policy,
    stateDirectory: document.state,
    listen: document.listen,
    gatewayThreads: document["gateway-threads"],
    tls: document.tls === undefined ? null : buildTls(document.tls),
    admin: document.admin,
    limits: buildLimits(document.limits),
    capacity: buildCapacity(document.limits),
    corsOrigins: document["cors-origins"],
    simulatedEngines: ports.map(([endpoint, port]) => ({ endpoint: endpoint as EndpointId, port })),
    modelFiles: new Map(files.map(([endpoint, file]) => [endpoint as EndpointId, file])),
    geoIpPath: document["geo-ip"] ?? null,
    trustedProxies: document["trusted-proxies"],
    keys: document.keys,
    trustPath: document.trust ?? null,
    isQuorumRequired: document["witness-quorum"] === "required",
    sealIntervalMs: document["seal-interval-ms"],
    ledgerRetentionDays: document["ledger-retention-days"] ?? null,
    worm: document.worm === undefined ? null : buildWorm(document.worm),
    fleet: document.fleet === undefined ? null : buildFleet(document.fleet),
  };
}

function buildTls(tls: NonNullable<CellFileDocument["tls"]>): ListenTls {
  return {
    certificatePath: tls.certificate,
    keyPath: tls.key,
    clientAuthorities: new Map(Object.entries(tls["client-authorities"])),
  };
}

function buildWorm(worm: NonNullable<CellFileDocument["worm"]>): WormConfig {
  const { endpoint, region, bucket, prefix } = worm;
  return {
    endpoint: endpoint ?? null,
    region,
    bucket,
    prefix,
    accessKey: worm["access-key"],
    secretKey: worm["secret-key"],
    retentionDays: worm["retention-days"],
    anchorIntervalMs: worm["anchor-interval-ms"],
  };
}

function buildFleet({
  replica,
  replicas,
  store,
  ...fleet
}: NonNullable<CellFileDocument["fleet"]>): FleetConfig {
  const whenGone = fleet["when-store-is-gone"];
  return { replica, replicas, store, refusing: lentLimits.filter((limit) => whenGone[limit] === "refuse") };
}

function buildLimits(limits: CellFileDocument["limits"]): CellLimits {
  return {
    maxHeaderBytes: limits["max-header-bytes"],
    maxBodyBytes: limits["max-body-bytes"],
    maxBodyValues: limits["max-body-values"],
    maxBodyNames: limits["max-body-names"],
    deadlineMs: limits["deadline-ms"],
    firstTokenTimeoutMs: limits["first-token-timeout-ms"] ?? null,
    retryPercent: limits["retry-percent"],
    retriesPerSecond: limits["retries-per-second"],
    maxWaiting: limits["max-waiting"],
    maxEventBytes: limits["max-event-bytes"],
    maxAnswerBytes: limits["max-answer-bytes"],
    headersTimeoutMs: limits["headers-timeout-ms"],
    idleTimeoutMs: limits["idle-timeout-ms"],
    leastStreamEvents: limits["least-stream-events"],
    slowStreamMs: limits["slow-stream-ms"],
    drainTimeoutMs: limits["drain-timeout-ms"],
    maxSessionMs: limits["max-session-ms"],
  };
}

function buildCapacity(limits: CellFileDocument["limits"]): AskedCapacity {
  return {
    maxConnections: limits["max-connections"] ?? null,
    maxUpstreamConnections: limits["max-upstream-connections"] ?? null,
    maxBytesInFlight: limits["max-bytes-in-flight"] ?? null,
  };
}
