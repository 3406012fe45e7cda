// Opening a shard: what the disk holds must continue what was signed, and every permit that a crash left without an
// outcome gets one.
import { dirname, join } from "node:path";
import { type CellId, equalBytes, type InstantMs, type RequestId, toHex } from "../base/index.ts";
import { randomBytes, sha256, type SigningKey } from "../keys/index.ts";
import { ed25519Type, encodeEntry, type Entry, noteKey, parseEntry } from "../ledger/index.ts";
import type { Cosigner } from "./cosigner.ts";
import { DurableFiles } from "./durable-files.ts";
import type { FileSystem } from "./file-system.ts";
import { readTree } from "./frontier.ts";
import type { GrowingLog } from "./growing-log.ts";
import type { LedgerFailure } from "./ledger.ts";
import { LogWriter } from "./log-writer.ts";
import { type OpenDecisions, pairingOf, settle } from "./pairing.ts";
import { keepCheckpoint, type OpenShard } from "./seal.ts";
import { type LogIdentity, originOf, type ShardName, shardPaths } from "./shard.ts";
import { readOwnCheckpoint, readSealedLog, readSignedState, RefusedToOpenError } from "./signed-past.ts";
import type { SignedState } from "./signed-state.ts";
import type { Leaf } from "./wal-format.ts";
import { openWriteAheadLog } from "./write-ahead-log.ts";

export interface ShardOptions extends LogIdentity {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly shard: ShardName;
  readonly key: SigningKey;
  /** SHA-256 of the policy in force, hex. */
  readonly policyHash: string;
  /** `<name>/<version>`. */
  readonly software: string;
  readonly nowMs: InstantMs;
  readonly segmentBytes: number;
  readonly cosigner: Cosigner | null;
  /** Called once, at the first error after the opening. */
  readonly onFailure: (reason: LedgerFailure) => void;
}

/** Resolves when the log has told of its opening and a checkpoint covers everything in it. */
export async function openShard(options: ShardOptions): Promise<LogWriter> {
  const shard = await prepareShard(options);
  const signed = await readSignedState(shard);
  const published = await readOwnCheckpoint(shard, shard.signer.key);
  const log = await readSealedLog(shard, signed, published);
  await checkWitnessed(shard, log.size);
  if (published !== null) await keepCheckpoint(shard, published.size, published.bytes);
  const sealed = { size: log.size, root: log.root() };
  const { segmentBytes, onFailure } = options;
  const replayed = await openWriteAheadLog({ ...shard, directory: shard.paths.wal, segmentBytes }, log.size);
  const { epoch, open } = replay(replayed.leaves, log, { signed, path: shard.paths.wal });
  const opened = { ...shard, epoch: epoch + 1 };
  const writer = new LogWriter({ shard: opened, wal: replayed.log, log, sealed, open, onFailure });
  await tellOfOpening(writer, options, { ...opened, open });
  await writer.seal();
  return writer;
}

async function prepareShard(options: ShardOptions): Promise<Omit<OpenShard, "epoch">> {
  const { fileSystem, directory, shard, key, cosigner } = options;
  const origin = originOf(options, shard);
  const paths = shardPaths(directory, shard);
  const files = await DurableFiles.open(fileSystem, directory, paths.newFiles);
  for (const made of [dirname(paths.signedState), paths.wal, join(paths.log, "checkpoints")]) {
    await files.makeDirectory(made);
  }
  const noteKeyOfLog = noteKey(sha256, { name: origin, type: ed25519Type, publicKey: key.publicKey });
  return {
    fileSystem,
    files,
    paths,
    origin,
    signer: { key: noteKeyOfLog, sign: (message) => key.sign(message) },
    cosigner,
  };
}

/** A witness has at most what was signed; one that has more, or something else, saw a later life of this log. */
async function checkWitnessed(
  { fileSystem, paths, origin, cosigner }: Omit<OpenShard, "epoch">,
  size: number,
): Promise<void> {
  const witnessed = await cosigner?.newestWitnessed(origin);
  if (!witnessed) return;
  if (witnessed.size > size) {
    throw new RefusedToOpenError(
      paths.signedState,
      `says ${size} entries were signed, but a witness has cosigned ${witnessed.size}: it was rolled back`,
    );
  }
  const tree = await readTree({ fileSystem, directory: paths.log, size }, witnessed.size);
  if (equalBytes(tree.root(), witnessed.root)) return;
  throw new RefusedToOpenError(
    paths.log,
    `gives another root for ${witnessed.size} entries than was cosigned`,
  );
}

/** Adds what the write-ahead log holds beyond the signed tree. */
function replay(
  leaves: readonly Leaf[],
  log: GrowingLog,
  { signed, path }: { readonly signed: SignedState | null; readonly path: string },
): { readonly epoch: number; readonly open: Map<RequestId, number> } {
  const open = new Map(signed?.open);
  let epoch = signed?.epoch ?? 0;
  for (const leaf of leaves) {
    const entry = parseEntry(leaf.entry);
    if (!entry.ok)
      throw new RefusedToOpenError(path, `holds an entry ${log.size} of no schema: ${entry.error}`);
    settle(open, pairingOf(entry.value), log.add(leaf));
    if (entry.value.t === "opened") epoch = Math.max(epoch, entry.value.epoch);
  }
  return { epoch, open };
}

/** If we crash in here, the next opening finds fewer open decisions, and tells of itself again. */
async function tellOfOpening(
  writer: LogWriter,
  options: ShardOptions,
  { origin, epoch, open }: { readonly origin: string; readonly epoch: number; readonly open: OpenDecisions },
): Promise<void> {
  const common = () =>
    ({ v: 1, n: toHex(randomBytes(16)), ts: options.nowMs, cell: options.cell as CellId }) as const;
  const { software, policyHash: policy } = options;
  const entries: Entry[] = [{ ...common(), t: "opened", origin, software, policy, epoch, previous: null }];
  for (const [rid, decision] of open) {
    entries.push({ ...common(), t: "outcome", rid, decision, ...unknownOutcome });
  }
  await Promise.all(
    entries.map((entry) => writer.append([{ entry: encodeEntry(entry), pairing: pairingOf(entry) }])),
  );
}

const unknownOutcome = {
  result: "unknown",
  error: null,
  status: null,
  executed: null,
  attempts: [],
  res: null,
  tokens: null,
  durationMs: null,
} as const;
