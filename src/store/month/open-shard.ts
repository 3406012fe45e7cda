// Opening a shard: what the disk holds must continue what was signed, and every permit that a crash left without an
// outcome gets one.
import { dirname, join } from "node:path";
import { type EntryIndex, equalBytes, type InstantMs } from "../../base/index.ts";
import { sha256, type SigningKey } from "../../keys/index.ts";
import { dateOf, ed25519Type, emptyRoot, type LogHead, type NoteKey, noteKey } from "../../ledger/index.ts";
import type { Cosigner } from "../log/cosigner.ts";
import { DurableFiles, type FileSystem } from "../../disk/index.ts";
import { readLastEntry, readTree } from "../read/frontier.ts";
import type { TreeHead } from "../log/growing-log.ts";
import type { LedgerFailure, PolicyInForce, Position } from "../log/ledger.ts";
import { LogWriter } from "../log/log-writer.ts";
import { type EntryMaker, openedEntry, paired, quarantineEntry, unknownOutcome } from "./own-entries.ts";
import { Unsettled } from "../log/pairing.ts";
import { type EndpointWords, standingIn } from "../log/quarantines.ts";
import { keepTexts, policyEntries } from "./policy-texts.ts";
import { keepCheckpoint, type OpenShard } from "../log/seal.ts";
import { type LogIdentity, originOf, type ShardName, shardPaths } from "../log/shard.ts";
import {
  type PublishedCheckpoint,
  readOwnCheckpoint,
  readSealedLog,
  readSignedState,
  RefusedToOpenError,
} from "./signed-past.ts";
import type { AgreedTime } from "../time/agreed-time.ts";
import { formatSignedState, type SignedState } from "./signed-state.ts";
import { refuseUnknownVersion } from "./unknown-version.ts";
import { openWriteAheadLog } from "../log/write-ahead-log.ts";

export interface ShardOptions extends LogIdentity, EntryMaker {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly shard: ShardName;
  readonly key: SigningKey;
  /** The log of the month before as it is published now; null in a cell's first log. */
  readonly previous: LogHead | null;
  /** What the months before say of endpoints: the quarantines that stand are repeated, unless this month spoke of them. */
  readonly inherited: EndpointWords;
  /** The policy in force; without texts, nothing but its hash is kept. */
  readonly policy: PolicyInForce;
  /** `<name>/<version>`. */
  readonly software: string;
  readonly segmentBytes: number;
  readonly cosigner: Cosigner | null;
  readonly time: AgreedTime;
  /** Called once, at the first error after the opening. */
  readonly onFailure: (reason: LedgerFailure) => void;
}

/** One month's log, open for writing. */
export interface OpenLog {
  readonly shard: ShardName;
  readonly origin: string;
  readonly key: NoteKey;
  readonly writer: LogWriter;
  /**
   * Keeps the policy's texts and tells of it. Resolves with the position of the last entry that does, when all is on
   * disk: from then on decisions may name it.
   */
  readonly enactPolicy: (policy: PolicyInForce) => Promise<Position>;
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
  const unsettled = new Unsettled(signed, options.inherited);
  let last = await readLastEntry({ ...shard, directory: shard.paths.log, size: log.size });
  const walOptions = { ...shard, directory: shard.paths.wal, segmentBytes };
  const wal = await openWriteAheadLog(walOptions, log.size, (records) => {
    for (const record of records) unsettled.settle(record, log.add(record));
    last = records.at(-1)?.entry ?? last;
  });
  refuseUnknownVersion(shard.paths.log, last);
  const newestMs = noteDates(options, { last, published });
  const hasBacklog = log.newBytes > maxSealedFirstBytes;
  // What was signed and not published counts as unsealed: the next seal publishes it, or a larger tree.
  const sealed: TreeHead = published ?? { size: 0, root: emptyRoot(sha256) };
  const opened = { ...shard, epoch: await countOpening(shard, signed) };
  const { time } = options;
  const writer = new LogWriter({ shard: opened, wal, log, sealed, unsettled, newestMs, time, onFailure });
  if (!unsettled.isEnded) await tellOfOpening(writer, options, opened);
  if (!hasBacklog) await writer.seal();
  const enactPolicy = (policy: PolicyInForce): Promise<Position> =>
    enact(writer, { options, opened, policy });
  return { shard: options.shard, origin: shard.origin, key: shard.signer.key, writer, enactPolicy };
}

/** What the log itself knows of the time, before anything is added to it. Returns the date of its last entry, 0 without one. */
function noteDates(
  { time, cosigner }: ShardOptions,
  { last, published }: { readonly last: Uint8Array | null; readonly published: PublishedCheckpoint | null },
): InstantMs {
  const newestMs = last === null ? null : dateOf(last);
  const cosignedMs = published === null ? [] : (cosigner?.datesOf(published.bytes) ?? []);
  for (const date of newestMs === null ? cosignedMs : [newestMs, ...cosignedMs]) time.noteRecorded(date);
  return newestMs ?? 0;
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
  const state = signed ?? { origin, size: 0, root: emptyRoot(sha256), ...nothingYet };
  await files.replace(paths.signedState, formatSignedState({ ...state, epoch }));
  return epoch;
}

const nothingYet = { open: new Map(), words: new Map(), isEnded: false };

/**
 * If we crash in here, the next opening finds fewer open decisions and fewer endpoints that this log says nothing of,
 * and tells of itself again.
 */
async function tellOfOpening(writer: LogWriter, options: ShardOptions, shard: OpenShard): Promise<void> {
  const { origin, epoch } = shard;
  const { software, policy } = options;
  const names = await keepTexts({ ...shard, log: shard.paths.log }, policy.texts);
  // Only entry 0 says what went before: later the log of the month before may have grown to its end.
  const previous = writer.size === 0 ? options.previous : null;
  const opened = openedEntry(options, { origin, software, policy: policy.hash, epoch, previous });
  const policies = names.length === 0 ? [] : policyEntries(options, policy.hash, names);
  const outcomes = Array.from(writer.open, ([rid, decision]) => unknownOutcome(options, rid, decision));
  // INVARIANT: nobody may append yet, so whatever a later release takes back stands behind it.
  const repeated = standingIn(options.inherited).filter(({ endpoint }) => !writer.words.has(endpoint));
  const quarantines = repeated.map((quarantine) => quarantineEntry(options, quarantine));
  await Promise.all(
    [opened, ...policies, ...quarantines, ...outcomes].map((entry) => writer.append([paired(entry)])),
  );
}

interface Enactment {
  readonly options: ShardOptions;
  readonly opened: OpenShard;
  readonly policy: PolicyInForce;
}

async function enact(writer: LogWriter, { options, opened, policy }: Enactment): Promise<Position> {
  const { origin, paths } = opened;
  try {
    const names = await keepTexts({ ...opened, log: paths.log }, policy.texts);
    const entries = policyEntries(options, policy.hash, names);
    // One by one: together they may be more than a batch.
    const indexes = await Promise.all(entries.map((entry) => writer.append([paired(entry)])));
    return { origin, index: Math.max(...indexes) as EntryIndex };
  } catch (error) {
    throw writer.poison(error);
  }
}
