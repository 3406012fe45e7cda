// Opening a shard: what the disk holds must continue what was signed, and every permit that a crash left without an
// outcome gets one.
import { dirname, join } from "node:path";
import { equalBytes } from "../base/index.ts";
import { sha256, type SigningKey } from "../keys/index.ts";
import { ed25519Type, emptyRoot, type LogHead, type NoteKey, noteKey } from "../ledger/index.ts";
import type { Cosigner } from "./cosigner.ts";
import { DurableFiles } from "./durable-files.ts";
import type { FileSystem } from "./file-system.ts";
import { readTree } from "./frontier.ts";
import type { TreeHead } from "./growing-log.ts";
import type { LedgerFailure } from "./ledger.ts";
import { LogWriter } from "./log-writer.ts";
import { type EntryMaker, openedEntry, paired, unknownOutcome } from "./own-entries.ts";
import { Unsettled } from "./pairing.ts";
import { keepCheckpoint, type OpenShard } from "./seal.ts";
import { type LogIdentity, originOf, type ShardName, shardPaths } from "./shard.ts";
import { readOwnCheckpoint, readSealedLog, readSignedState, RefusedToOpenError } from "./signed-past.ts";
import { formatSignedState, type SignedState } from "./signed-state.ts";
import { openWriteAheadLog } from "./write-ahead-log.ts";

export interface ShardOptions extends LogIdentity, EntryMaker {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly shard: ShardName;
  readonly key: SigningKey;
  /** The log of the month before as it is published now; null in a cell's first log. */
  readonly previous: LogHead | null;
  /** SHA-256 of the policy in force, hex. */
  readonly policyHash: string;
  /** `<name>/<version>`. */
  readonly software: string;
  readonly segmentBytes: number;
  readonly cosigner: Cosigner | null;
  /** Called once, at the first error after the opening. */
  readonly onFailure: (reason: LedgerFailure) => void;
}

/** One month's log, open for writing. */
export interface OpenLog {
  readonly shard: ShardName;
  readonly origin: string;
  readonly key: NoteKey;
  readonly writer: LogWriter;
}

/** What a crash left unsealed, beyond this, is sealed while the log is in use: nobody needs to wait for its tiles. */
const maxSealedFirstBytes = 1 << 20;

/**
 * Resolves when the log has told of its opening, which then has a checkpoint, save after a crash under load. To a log that had ended
 * nothing is added: only its last checkpoint is signed and published, if that was left undone.
 */
export async function openShard(options: ShardOptions): Promise<OpenLog> {
  const shard = await prepareShard(options);
  const signed = await readSignedState(shard);
  const published = await readOwnCheckpoint(shard, shard.signer.key);
  const log = await readSealedLog(shard, signed, published);
  await checkWitnessed(shard, log.size);
  if (published !== null) await keepCheckpoint(shard, published.size, published.bytes);
  const { segmentBytes, onFailure } = options;
  const unsettled = new Unsettled(signed?.open, signed?.isEnded);
  const walOptions = { ...shard, directory: shard.paths.wal, segmentBytes };
  const wal = await openWriteAheadLog(walOptions, log.size, (records) => {
    for (const record of records) unsettled.settle(record.effect, log.add(record));
  });
  const hasBacklog = log.newBytes > maxSealedFirstBytes;
  const sealed: TreeHead = published ?? { size: 0, root: emptyRoot(sha256) };
  const opened = { ...shard, epoch: await countOpening(shard, signed) };
  const writer = new LogWriter({ shard: opened, wal, log, sealed, unsettled, onFailure });
  if (!unsettled.isEnded) await tellOfOpening(writer, options, opened);
  if (!hasBacklog) await writer.seal();
  return { shard: options.shard, origin: shard.origin, key: shard.signer.key, writer };
}

async function prepareShard(options: ShardOptions): Promise<Omit<OpenShard, "epoch">> {
  const { fileSystem, directory, shard, key, cosigner } = options;
  const origin = originOf(options, shard);
  const paths = shardPaths(directory, shard);
  const files = await DurableFiles.open(fileSystem, directory, paths.newFiles);
  for (const made of [dirname(paths.signedState), paths.wal, join(paths.log, "checkpoints")]) {
    await files.makeDirectory(made);
  }
  return {
    fileSystem,
    files,
    paths,
    origin,
    signer: { key: verifierKeyOf(origin, key), sign: (message) => key.sign(message) },
    cosigner,
  };
}

/** A log's key has the origin as its name. */
export function verifierKeyOf(origin: string, { publicKey }: SigningKey): NoteKey {
  return noteKey(sha256, { name: origin, type: ed25519Type, publicKey });
}

/** A witness has at most what was signed; one that has more, or something else, saw a later life of this log. */
async function checkWitnessed(
  { fileSystem, paths, signer, cosigner }: Omit<OpenShard, "epoch">,
  size: number,
): Promise<void> {
  const witnessed = await cosigner?.newestWitnessed(signer.key);
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

/**
 * Counts this opening, before anything shows it: a copy of the log that is opened elsewhere counts on from here too, and
 * its number is then there twice.
 */
async function countOpening(
  { files, paths, origin }: Omit<OpenShard, "epoch">,
  signed: SignedState | null,
): Promise<number> {
  const epoch = (signed?.epoch ?? 0) + 1;
  const state = signed ?? { origin, size: 0, root: emptyRoot(sha256), open: new Map(), isEnded: false };
  await files.replace(paths.signedState, formatSignedState({ ...state, epoch }));
  return epoch;
}

/** If we crash in here, the next opening finds fewer open decisions, and tells of itself again. */
async function tellOfOpening(
  writer: LogWriter,
  options: ShardOptions,
  { origin, epoch }: OpenShard,
): Promise<void> {
  const { software, policyHash: policy } = options;
  // Only entry 0 says what went before: later the log of the month before may have grown to its end.
  const previous = writer.size === 0 ? options.previous : null;
  const opened = openedEntry(options, { origin, software, policy, epoch, previous });
  const outcomes = Array.from(writer.open, ([rid, decision]) => unknownOutcome(options, rid, decision));
  await Promise.all([opened, ...outcomes].map((entry) => writer.append([paired(entry)])));
}
