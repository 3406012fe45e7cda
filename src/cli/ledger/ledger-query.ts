// `ledger query`: asks the index, after it was brought up to date. What it says is a pointer into the log, and no proof.
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { decodeUtf8, type EntryIndex, formatInstant, parsePlace } from "../../base/index.ts";
import { evidenceClasses } from "../../law/index.ts";
import { formatProofFile, parseProofFile } from "../../ledger/index.ts";
import type { IndexPage, IndexQuery, PublishedLog, RecordKind } from "../../store/index.ts";
import { type ExitCode, exitCode } from "../terminal/exit-code.ts";
import { parseAt } from "../terminal/flags.ts";
import { openLogs } from "./ledger-directory.ts";
import { catchUpAll, withIndex } from "./ledger-index.ts";
import { evenIfNotInPolicy } from "../privacy/target-options.ts";
import { tenantHandle, type TenantSource } from "../privacy/tenant-handle.ts";
import { requireRecorded } from "./recorded-names.ts";
import { readEntry } from "./ledger-show.ts";
import { formatTable } from "../terminal/table.ts";
import { asUnusable, makeDirectories, UnusableInputError, writeText } from "../../disk/index.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "../terminal/command.ts";

const kinds: readonly RecordKind[] = [
  "opened",
  "decision",
  "transfer",
  "import",
  "violation",
  "legal",
  "closed",
  "erasure",
  "hold",
  "disclosure",
  "access",
  "retention",
  "worm",
  "key",
  "fork",
  "correction",
  "quarantine",
  "release",
  "policy",
];
const maxLimit = 10_000;

interface QueryFlags extends Omit<IndexQuery, "limit" | "tenant"> {
  readonly tenant?: TenantSource;
  readonly index?: string;
  readonly limit: number;
  readonly prove?: string;
  readonly json?: boolean;
}

export function addQueryCommand(ledger: Command): void {
  ledger
    .command("query")
    .description("search what was recorded; the index is brought up to date first, and is never evidence")
    .argument("<directory>", "a cell's ledger directory, a copy of one log, or the directory of `up`")
    .option("--from <instant>", "from this moment on", parseAt)
    .option("--until <instant>", "before this moment", parseAt)
    .addOption(new Option("--kind <kind>", "entries of this kind").choices(kinds))
    .option("--request <id>", "this request and all that belongs to it", parseHandle)
    .option("--tenant <tenant>", "of this tenant: its handle, or its name with `--config`")
    .option(evenIfNotInPolicy.flags, evenIfNotInPolicy.help)
    .option("--config <file>", "the cell file of the cell whose tenant is named")
    .option("--cell <name>", "the cell, if the cell file does not say")
    .option("--subject <handle>", "of this subject", parseHandle)
    .addOption(new Option("--verdict <verdict>", "decided so").choices(["permit", "refuse", "redirect"]))
    .option("--error <type>", "ended with this error")
    .addOption(
      new Option("--evidence <class>", "with evidence of this class").choices([...evidenceClasses, "E1-own"]),
    )
    .option("--endpoint <name>", "sent to this endpoint")
    .option(
      "--subject-place <place>",
      "the subject was said to be here; a country holds its parts",
      parseOnePlace,
    )
    .option("--computed-in <place>", "the endpoint was said to compute here", parseOnePlace)
    .option("--evidenced-in <place>", "the answer showed that it was computed here", parseOnePlace)
    .option("--newest-first", "the latest first")
    .option("--limit <count>", `at most so many records, up to ${maxLimit}`, parseLimit, 100)
    .option("--after <origin#index>", "the page after this record", parsePosition)
    .option(
      "--index <index>",
      "a file, or postgres://… (default: index/search.sqlite in the ledger's directory)",
    )
    .option("--prove <folder>", "write a proof of each record, and of its outcome, into this folder")
    .option("--json", "print the page as JSON")
    .runs((terminal, directory: string, _: unknown, command: Command) =>
      queryLedger(terminal, directory, flagsOf(command)),
    );
}

async function queryLedger(terminal: Terminal, directory: string, flags: QueryFlags): Promise<ExitCode> {
  const { index: target, prove, json, tenant: named, ...rest } = flags;
  const tenant = named === undefined ? {} : { tenant: await tenantHandle(terminal, named) };
  const query = { ...rest, ...tenant };
  const { page, heads } = await withIndex(terminal, { directory, target: target ?? null }, async (opened) => {
    await catchUpAll(terminal, directory, opened);
    const found = await opened.index.query(query);
    if (found.records.length === 0) await requireRecorded(opened.index, query);
    return { page: found, heads: await opened.index.heads() };
  });
  const last = page.records.at(-1);
  const next = page.hasMore && last !== undefined ? `${last.origin}#${last.index}` : null;
  if (json === true) {
    await terminal.printJson({ isEvidence: false, indexed: heads, records: page.records, next });
  } else {
    await terminal.print(formatPage(page));
    const sizes = heads.map(({ origin, size }) => `${size} entries of ${origin}`).join(", ");
    terminal.note(
      `${page.records.length} records, out of an index of ${sizes}; an index proves nothing, \`--prove\` does`,
    );
    if (next !== null) terminal.note(`there are more: --after '${next}'`);
  }
  if (prove !== undefined) await provePage(terminal, page, { directory, folder: prove });
  return exitCode.ok;
}

function formatPage({ records }: IndexPage): string {
  const header = [
    "time",
    "kind",
    "request",
    "said",
    "endpoints",
    "subject",
    "computed",
    "evidenced",
    "by",
    "entry",
  ];
  const rows = records.map((record) => [
    formatInstant(record.timeMs),
    record.kind,
    record.requestId ?? "",
    [record.verdict, record.result, record.error].filter((word) => word !== null).join(" "),
    record.endpoints.join(" "),
    record.subjectPlaces.join(" "),
    record.computed.join(" "),
    record.evidenced.join(" "),
    record.evidence ?? "",
    `${record.origin}#${record.index}`,
  ]);
  return formatTable(header, rows);
}

/** The proofs are made from the log: what an index says of an entry that is not there cannot be proved. */
async function provePage(
  terminal: Terminal,
  { records }: IndexPage,
  { directory, folder }: { readonly directory: string; readonly folder: string },
): Promise<void> {
  const logs = new Map<string, PublishedLog>();
  for (const log of await openLogs(terminal, directory)) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint !== null) logs.set(checkpoint.origin, log);
  }
  makeFolder(folder);
  let written = 0;
  for (const { origin, index, outcome } of records) {
    const log = logs.get(origin);
    if (log === undefined) continue;
    for (const proven of outcome === null ? [index] : [index, outcome]) {
      await writeProof(log, { origin, index: proven }, folder);
      written++;
    }
  }
  const elsewhere = records.filter(({ origin }) => !logs.has(origin)).length;
  terminal.note(
    `wrote ${written} proofs to ${folder}; check one with: bailiwick ledger proof verify FILE --trust FILE`,
  );
  if (elsewhere > 0) {
    terminal.complain(
      `${elsewhere} records are of logs that are not in \`${directory}\`: prove them where those logs are`,
    );
  }
}

async function writeProof(
  log: PublishedLog,
  { origin, index }: { readonly origin: string; readonly index: number },
  folder: string,
): Promise<void> {
  const entry = await readEntry(log, index);
  const proof = parseProofFile(await log.prove(index));
  if (!proof.ok) throw new UnusableInputError([`entry ${index} of ${origin}: ${proof.error}`]);
  const file = join(folder, `${origin.replaceAll("/", "_")}-${index}.tlog-proof`);
  writeText(file, decodeUtf8(formatProofFile({ ...proof.value, extra: entry })) ?? "");
}

function makeFolder(folder: string): void {
  try {
    makeDirectories(folder);
  } catch (error) {
    throw asUnusable(`folder \`${folder}\` cannot be made`, error);
  }
}

/** The flags under the names that a query has for them. */
function flagsOf(command: Command): QueryFlags {
  const {
    from,
    until,
    request,
    newestFirst,
    tenant,
    config,
    cell,
    evenIfNotInPolicy: isLeft,
    ...same
  } = command.opts<
    Omit<QueryFlags, "fromMs" | "untilMs" | "tenant"> & {
      tenant?: string;
      config?: string;
      cell?: string;
      evenIfNotInPolicy?: boolean;
      from?: number;
      until?: number;
      request?: string;
      newestFirst?: boolean;
    }
  >();
  return {
    ...same,
    ...(from === undefined ? {} : { fromMs: from }),
    ...(tenant === undefined
      ? {}
      : { tenant: { tenant, config: config ?? null, cell: cell ?? null, isLeft: isLeft ?? false } }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(request === undefined ? {} : { requestId: request }),
    ...(newestFirst === undefined ? {} : { isNewestFirst: newestFirst }),
  };
}

function parseHandle(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  throw new InvalidArgumentError("expected a handle: 32 lower-case hex digits.");
}

function parseOnePlace(text: string): string {
  const place = parsePlace(text);
  if (!place.ok) throw new InvalidArgumentError(place.error);
  return place.value;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,5}$/.test(text) && limit >= 1 && limit <= maxLimit) return limit;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${maxLimit}.`);
}

function parsePosition(text: string): { readonly origin: string; readonly index: EntryIndex } {
  const [, origin = "", index = ""] = /^(\S+)#(\d{1,16})$/.exec(text) ?? [];
  if (origin === "") throw new InvalidArgumentError("expected an origin and an index: `<origin>#<index>`.");
  return { origin, index: Number(index) as EntryIndex };
}
