// What a verifier costs on one thread: `node bench/ledger-verify.ts` prints one JSON row a case, for a log of a million
// entries (or as many as its argument says), half of them decisions and half outcomes, in a temporary directory.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import {
  encodeBundle,
  encodeEntry,
  formatNote,
  formatTilePath,
  leafHash,
  type NoteKey,
  openTree,
  parseBundle,
  parseNote,
  parseProofFile,
  signCheckpoint,
  type Tile,
  tileHolding,
  type TileName,
  tileWidth,
  verifyLog,
  verifyProofFile,
  type WrittenEntry,
} from "../src/ledger/index.ts";
import { sha256, verifyEd25519 } from "../src/keys/index.ts";
import { openLogDirectory, type PublishedLog } from "../src/store/index.ts";
import { cosign, signerFrom } from "../test/support/ledger-crypto.ts";
import {
  decisionEntry,
  openedEntry,
  origin,
  outcomeEntry,
  requestId,
} from "../test/support/ledger-entries.ts";

const size = Number(process.argv[2] ?? 1_000_000);
const signer = signerFrom(1, origin);
const witnesses = [2, 3].map((seed) => signerFrom(seed, `acme.example/witness/${seed}`, 0x04));

const directory = mkdtempSync(join(tmpdir(), "bailiwick-bench-"));
try {
  writeLog();
  const [log] = await openLogDirectory(directory);
  if (log === undefined) throw new Error("the log was not written");
  print("verify", await timed((lap) => verify(log, lap)));
  print("verify, hashes alone", await timed((lap) => rebuild(log, lap)));
  await printProofs(log);
} finally {
  rmSync(directory, { recursive: true });
}

function writeLog(): void {
  const tree = openTree(sha256, 0, () => new Uint8Array());
  /** The last tile of each level, which a later one of another width replaces. */
  const edge = new Map<TileName["level"], Tile>();
  for (let start = 0; start < size; start += tileWidth) {
    const count = Math.min(tileWidth, size - start);
    const entries = Array.from({ length: count }, (_, at) => encodeEntry(entryAt(start + at)));
    for (const entry of entries) tree.append(leafHash(sha256, entry));
    write(formatTilePath(tileHolding(start, "entries", size)), encodeBundle(entries));
    for (const tile of tree.takeTiles()) {
      if (tile.name.width === tileWidth) write(formatTilePath(tile.name), tile.bytes);
      edge.set(tile.name.level, tile);
    }
  }
  for (const { name, bytes } of edge.values()) write(formatTilePath(name), bytes);
  write("checkpoint", cosigned(signCheckpoint({ origin, size, root: tree.root() }, signer)));
}

function entryAt(index: number): WrittenEntry {
  if (index === 0) return openedEntry(0, 1);
  const isDecision = index % 2 === 1;
  return isDecision ? decisionEntry(index) : outcomeEntry(index, index - 1, requestId(index - 1));
}

function cosigned(checkpoint: Uint8Array): Uint8Array {
  const note = parseNote(checkpoint);
  if (!note.ok) throw new Error(note.error);
  const { text, signatures } = note.value;
  const more = witnesses.map((witness) => cosign(text, 1_795_000_000n, witness));
  return formatNote({ text, signatures: [...signatures, ...more] });
}

function write(path: string, bytes: Uint8Array): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

async function verify({ reader }: PublishedLog, lap: Lap): Promise<void> {
  const report = await verifyLog({ reader, trust: trust(), sha256, verifyEd25519, onProgress: lap });
  if (report.problemCount > 0) throw new Error(JSON.stringify(report.problems[0]));
}

/** What is left without JSON and its rules: the tree is rebuilt from the bundles. */
async function rebuild(log: PublishedLog, lap: Lap): Promise<void> {
  const tree = openTree(sha256, 0, () => new Uint8Array());
  while (tree.size < size) {
    const name = tileHolding(tree.size, "entries", size);
    const entries = parseBundle(
      (await log.reader.read(formatTilePath(name))) ?? new Uint8Array(),
      name.width,
    );
    if (!entries.ok) throw new Error(entries.error.reason);
    for (const entry of entries.value) tree.append(leafHash(sha256, entry));
    tree.takeTiles();
    lap();
  }
  const signed = await log.readCheckpoint();
  if (!signed || Buffer.compare(signed.root, tree.root()) !== 0) throw new Error("another root");
}

async function printProofs(log: PublishedLog): Promise<void> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const builds: number[] = [];
  const verifications: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 1000; round++) {
    const index = Math.floor((size * (round * 0.618_033_988_75)) % size);
    const entry = await log.readEntry(index);
    const startMs = performance.now();
    const file = await log.prove(index);
    builds.push(performance.now() - startMs);
    bytes = Math.max(bytes, file.length);
    const provenMs = performance.now();
    const proof = parseProofFile(file);
    const verified = proof.ok
      ? verifyProofFile(proof.value, { entry, trust: trust(), sha256, verifyEd25519 })
      : proof;
    verifications.push(performance.now() - provenMs);
    if (!verified.ok) throw new Error(verified.error);
  }
  const cores = coresSince(cpu, startMs);
  print("proof, built", { ...rate(builds), cores, bytes });
  print("proof, verified with two cosignatures", { ...rate(verifications), cores });
}

function trust(): Parameters<typeof verifyLog>[0]["trust"] {
  const keys: readonly NoteKey[] = witnesses.map(({ key }) => key);
  const members = keys.map((key) => ({ kind: "witness" as const, key }));
  return { logs: [signer.key], witnesses: keys, quorum: { kind: "group", least: 2, members } };
}

/** Called after each bundle of 256 entries, which is what `p50Ms` and `p99Ms` are of. */
type Lap = () => void;

/** `cores` below 1 says that others had the processor; the verifier itself waits for nothing but the disk. */
async function timed(run: (lap: Lap) => Promise<void>): Promise<object> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const laps: number[] = [];
  let lastMs = startMs;
  await run(() => {
    const nowMs = performance.now();
    laps.push(nowMs - lastMs);
    lastMs = nowMs;
  });
  const perSecond = Math.round(size / ((performance.now() - startMs) / 1000));
  return { perSecond, ...quantiles(laps), cores: coresSince(cpu, startMs) };
}

function coresSince(cpu: NodeJS.CpuUsage, startMs: number): number {
  const { user, system } = process.cpuUsage(cpu);
  return Math.round((user + system) / (performance.now() - startMs) / 10) / 100;
}

function rate(durations: readonly number[]): object {
  const totalMs = durations.reduce((total, duration) => total + duration, 0);
  return { perSecond: Math.round((durations.length / totalMs) * 1000), ...quantiles(durations) };
}

function quantiles(durations: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = durations.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000) / 1000;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function print(name: string, figures: object): void {
  const row = { bench: "ledger", case: `${name}, ${size} entries`, ...figures };
  console.log(JSON.stringify({ ...row, machineCores: availableParallelism() }));
}
