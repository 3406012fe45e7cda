// What a ledger holds of one request, wherever the ledger lies, and whether it verifies as `ledger verify` does it.
import { decodeUtf8 } from "../../../base/index.ts";
import { type Entry, parseEntry, textPath } from "../../../ledger/index.ts";
import type { PublishedLog, StoredEntry } from "../../../store/index.ts";
import { formatProblem } from "../../ledger/ledger-report.ts";
import { type LedgerSource, openSource } from "../../ledger/ledger-source.ts";
import { complainOfLimits, verifyLogs } from "../../ledger/ledger-verify.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { trustSourceOf } from "../../ledger/trust-source.ts";
import { usableProof, verifyProofs } from "../../ledger/verified-proof.ts";

export interface PlacedEntry {
  readonly origin: string;
  readonly index: number;
  readonly entry: Entry;
}

export interface Evidence {
  /** The request's own entries, and those that say what was law; each cell's in the order in which they were written. */
  readonly entries: readonly PlacedEntry[];
  /** Ids of other requests, the newest last. */
  readonly otherIds: readonly string[];
  /** Whose signatures counted; null: nobody said, so nothing was verified. */
  readonly trust: string | null;
  /** What does not hold; empty where all does, or where nothing was verified. */
  readonly faults: readonly string[];
  /** Whether it is entries that somebody chose, with their proofs: others may be left out. */
  readonly isChosen: boolean;
  /** A text of a policy by the hash that an entry names it with; not looked at yet. */
  readonly text: (hash: string) => Promise<Uint8Array | null>;
}

export interface EvidencePlace {
  readonly place: string;
  /** Null: the trust file that lies beside it, if there is one. */
  readonly trust: string | null;
}

export async function readEvidence(
  terminal: Terminal,
  { place, trust }: EvidencePlace,
  requestId: string,
): Promise<Evidence> {
  const source = await openSource(terminal, place);
  const verified = await verify(terminal, source, { place, trust });
  const found = new FoundEntries(requestId);
  for (const log of source.logs) await readLog(terminal, log, found);
  for (const { name, bytes } of source.proofs) readProof(name, bytes, found);
  return {
    entries: found.inOrder(),
    otherIds: found.otherIds,
    trust: verified.trust,
    faults: [...verified.faults, ...found.faults],
    isChosen: source.proofs.length > 0,
    text: (hash) => readText(source, hash),
  };
}

async function verify(
  terminal: Terminal,
  source: LedgerSource,
  { place, trust }: EvidencePlace,
): Promise<Pick<Evidence, "trust" | "faults">> {
  if (trust === null && source.trustBeside === null) return { trust: null, faults: [] };
  const trustSource = trustSourceOf([place], [source], trust);
  const options = { label: place, trust: trustSource.policy, seen: [] };
  const { logs } = await verifyLogs(terminal, [source], options);
  complainOfLimits(terminal, [source], trustSource);
  const faults = logs.flatMap(({ problems, problemCount }, at) => [
    ...problems.map((problem) => formatProblem(source.logs[at]?.directory ?? place, problem)),
    ...(problemCount > problems.length ? [`and ${problemCount - problems.length} more`] : []),
  ]);
  const unproven = verifyProofs(source, trustSource.policy).filter(({ reason }) => reason !== null);
  return {
    trust: trustSource.file,
    faults: [...faults, ...unproven.map(({ file, reason }) => `${file}: ${reason}`)],
  };
}

async function readLog(terminal: Terminal, log: PublishedLog, found: FoundEntries): Promise<void> {
  const checkpoint = await log.readCheckpoint();
  if (checkpoint === null) {
    found.faults.push(`\`${log.directory}\` has no checkpoint that can be read`);
    return;
  }
  const { origin, size } = checkpoint;
  if (!(await log.hasEntries())) {
    terminal.note(`${origin}: its entries are not here: pruned, or lost; \`ledger verify\` says which`);
    return;
  }
  try {
    for await (const stored of log.readEntries(0, size - 1)) found.look(origin, stored);
  } catch (error) {
    // What lies behind the damage cannot be read either, and other logs can.
    found.faults.push(`${origin}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readProof(file: string, bytes: Uint8Array, found: FoundEntries): void {
  const { index, extra } = usableProof(file, bytes);
  // The file is named after what it proves, and a proof of something else is a fault that was told.
  const origin = /^entries\/(.*)\/\d+\.tlog-proof$/.exec(file)?.[1] ?? file;
  if (extra !== null) found.look(origin, { index, bytes: extra });
}

async function readText({ logs, texts }: LedgerSource, hash: string): Promise<Uint8Array | null> {
  const beside = texts.find(({ name }) => name.endsWith(`/${hash}`));
  if (beside !== undefined) return beside.bytes;
  for (const { reader } of logs) {
    const bytes = await reader.read(textPath(hash));
    if (bytes !== null) return bytes;
  }
  return null;
}

/** Ids to look through for what may have been meant. */
const keptIds = 1_000;

/** INVARIANT: memory grows with what is kept, not with the log: an entry is parsed only where its bytes may say so. */
class FoundEntries {
  readonly faults: string[] = [];
  readonly #requestId: string;
  readonly #entries: PlacedEntry[] = [];
  readonly #otherIds: string[] = [];

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  get otherIds(): readonly string[] {
    return this.#otherIds;
  }

  inOrder(): readonly PlacedEntry[] {
    // Months sort by name, and a bundle's files do not sort by number.
    return this.#entries.toSorted((left, right) =>
      left.origin === right.origin ? left.index - right.index : left.origin < right.origin ? -1 : 1,
    );
  }

  look(origin: string, { index, bytes }: StoredEntry): void {
    const text = decodeUtf8(bytes) ?? "";
    const isOfRequest = text.includes(this.#requestId);
    if (!isOfRequest && !/"t":"(?:legal|policy|opened|correction)"/.test(text)) {
      this.#noteOther(/"rid":"([0-9a-f]{32})"/.exec(text)?.[1]);
      return;
    }
    const parsed = parseEntry(bytes);
    if (parsed.ok) this.#entries.push({ origin, index, entry: parsed.value });
    else this.faults.push(`entry ${index} of ${origin}: ${parsed.error.reason}`);
  }

  #noteOther(id: string | undefined): void {
    if (id === undefined || this.#otherIds.at(-1) === id) return;
    this.#otherIds.push(id);
    if (this.#otherIds.length > 2 * keptIds) this.#otherIds.splice(0, keptIds);
  }
}
