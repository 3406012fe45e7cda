// Verified logs → a report. One pass over the entries, each part of the report looking on.
import { compareText, formatInstant, type InstantMs, toHex } from "../../base/index.ts";
import type { PolicyEntry, TrustPolicy } from "../../ledger/index.ts";
import { Citations, citedPerRow, citedRecord, logNumber, samplingRule } from "./citations.ts";
import type { PartContext, Register, ReportPart } from "./part.ts";
import { type Recorded, type RecordedRequest, RequestJoiner } from "./recorded.ts";
import { regimeReports } from "./regimes.ts";
import type { Report, ReportRegime, Source } from "./report.ts";
import { scanLog } from "./scan.ts";
import { formatQuorum, type VerifiedLog } from "./verified-logs.ts";

export interface ReportQuestion {
  readonly regime: ReportRegime;
  readonly fromMs: InstantMs;
  /** Exclusive. */
  readonly toMs: InstantMs;
  /** A handle; null: every tenant. */
  readonly tenant: string | null;
  /** Null: the roots of the logs. */
  readonly seed: string | null;
}

export interface ReportMaking extends ReportQuestion {
  readonly logs: readonly VerifiedLog[];
  /** Only for the other half of transfers. */
  readonly peers: readonly VerifiedLog[];
  readonly trust: TrustPolicy;
  readonly software: string;
  readonly nowMs: InstantMs;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CompiledReport {
  readonly report: Report;
  /** Whether any decision, in the period or not, is of the tenant that was asked about; true where none was. */
  readonly isTenantSeen: boolean;
  /** To be written after the report was compiled, once. */
  readonly registers: readonly Register[];
  /** Texts of the policies under which it was decided, by hash, with the origin of a log that has them. */
  readonly texts: ReadonlyMap<string, string>;
}

export async function compileReport(making: ReportMaking): Promise<CompiledReport> {
  return new Compilation(making).run();
}

type Span = NonNullable<Source["inPeriod"]> & { readonly firstMs: number; readonly lastMs: number };

class Compilation {
  readonly #making: ReportMaking;
  readonly #seed: string;
  readonly #citations: Citations;
  readonly #parts: readonly ReportPart[];
  /** Entries that every reader of the report needs, whatever it is about: they vouch for the next month's key. */
  readonly #closings: Recorded[] = [];
  readonly #policies: Recorded<PolicyEntry>[] = [];
  /** Hashes of the policies that the report's requests were decided under. */
  readonly #decidedUnder = new Set<string>();
  /** Of the one tenant that the report is about. */
  readonly #subjects = new Set<string>();
  readonly #total: number;
  #isTenantSeen: boolean;
  #done = 0;

  constructor(making: ReportMaking) {
    const { seed, logs, peers, fromMs, toMs, regime } = making;
    this.#making = making;
    this.#isTenantSeen = making.tenant === null;
    this.#seed = seed ?? logs.map(({ checkpoint }) => toHex(checkpoint.root)).join(" ");
    this.#citations = new Citations(
      this.#seed,
      [...logs, ...peers].map(({ checkpoint }) => checkpoint.origin),
    );
    const context: PartContext = { citations: this.#citations, fromMs, toMs };
    this.#parts = regimeReports[regime].parts.map((make) => make(context));
    this.#total = [...logs, ...peers].reduce((sum, { checkpoint }) => sum + checkpoint.size, 0);
  }

  async run(): Promise<CompiledReport> {
    const { logs, peers, regime, tenant, seed, software, nowMs, fromMs, toMs } = this.#making;
    const sources: Source[] = [];
    for (const [at, log] of logs.entries()) sources.push(await this.#read(log, at));
    for (const [at, log] of peers.entries()) sources.push(await this.#readPeer(log, logs.length + at));
    // First, for there is a limit to what is cited.
    const policies = this.#policies.filter(({ entry }) => this.#decidedUnder.has(entry.policy));
    this.#citations.cite([...this.#closings, ...policies].map(citedRecord));
    const sections = this.#parts.map((part) => part.finish());
    const { title, asks, notHeld } = regimeReports[regime];
    const report: Report = {
      format: 1,
      regime,
      title,
      asks,
      period: { from: formatInstant(fromMs), to: formatInstant(toMs) },
      tenant,
      madeAt: formatInstant(nowMs),
      software,
      sources,
      scannedCount: this.#done,
      sampling: { seed: this.#seed, isSeedGiven: seed !== null, perRow: citedPerRow, rule: samplingRule },
      sections,
      notHeld,
      citations: this.#citations.all,
    };
    const texts = new Map(
      policies.flatMap(({ entry, origin }) => entry.texts.map(({ hash }) => [hash, origin] as const)),
    );
    const isTenantSeen = this.#isTenantSeen;
    return { report, isTenantSeen, registers: this.#parts.flatMap((part) => part.register?.() ?? []), texts };
  }

  async #read(log: VerifiedLog, at: number): Promise<Source> {
    const joiner = new RequestJoiner((request) => this.#takeRequest(request));
    const span = await this.#scan(log, (recorded, isInPeriod) => {
      const { entry, origin, index } = recorded;
      if (entry.t === "closed") this.#closings.push(recorded);
      if (entry.t === "policy") this.#policies.push({ entry, origin, index });
      const scope = { isInPeriod, isOfTenant: this.#isOfTenant(recorded) };
      for (const part of this.#parts) part.entry?.(recorded, scope);
      joiner.take(recorded);
    });
    joiner.finish();
    return this.#sourceOf(log, { at, isPeer: false, span });
  }

  async #readPeer(log: VerifiedLog, at: number): Promise<Source> {
    const span = await this.#scan(log, (recorded) => {
      if (recorded.entry.t === "closed") this.#closings.push(recorded);
      for (const part of this.#parts) part.peerEntry?.(recorded);
    });
    return this.#sourceOf(log, { at, isPeer: true, span });
  }

  #takeRequest(request: RecordedRequest): void {
    const { tenant } = this.#making;
    this.#isTenantSeen ||= request.entry.tenant === tenant;
    if (!this.#isInPeriod(request) || (tenant !== null && request.entry.tenant !== tenant)) return;
    this.#decidedUnder.add(request.entry.policy);
    for (const part of this.#parts) part.request?.(request);
  }

  /** Subjects are learnt from decisions; what concerns one that the tenant has none of is not the tenant's. */
  #isOfTenant({ entry }: Recorded): boolean {
    const { tenant } = this.#making;
    if (tenant === null) return true;
    if (entry.t === "decision" && entry.tenant === tenant) this.#subjects.add(entry.subject);
    return !("subject" in entry) || entry.t === "decision" || this.#subjects.has(entry.subject);
  }

  async #scan(
    { reader, checkpoint, isPruned }: VerifiedLog,
    take: (recorded: Recorded, isInPeriod: boolean) => void,
  ): Promise<Span | null> {
    if (isPruned) return null;
    let span: Span | null = null;
    for await (const records of scanLog(reader, checkpoint)) {
      for (const recorded of records) {
        const isInPeriod = this.#isInPeriod(recorded);
        take(recorded, isInPeriod);
        span = extended(span, recorded, isInPeriod);
      }
      this.#done += records.length;
      this.#making.onProgress?.(this.#done, this.#total);
    }
    return span;
  }

  #isInPeriod({ entry }: Recorded): boolean {
    return entry.ts >= this.#making.fromMs && entry.ts < this.#making.toMs;
  }

  #sourceOf(
    { checkpoint, cosigners, isPruned, absent }: VerifiedLog,
    { at, isPeer, span }: { readonly at: number; readonly isPeer: boolean; readonly span: Span | null },
  ): Source {
    const { origin, size, root } = checkpoint;
    return {
      origin,
      size,
      root: toHex(root),
      inPeriod:
        span === null || span.count === 0 ? null : { first: span.first, last: span.last, count: span.count },
      firstAt: span === null ? null : formatInstant(span.firstMs),
      lastAt: span === null ? null : formatInstant(span.lastMs),
      cosigners: cosigners.toSorted(compareText),
      quorum: formatQuorum(this.#making.trust.quorum),
      checkpoint: `checkpoints/${logNumber(at)}`,
      isPruned,
      absent,
      isPeer,
    };
  }
}

function extended(span: Span | null, { entry, index }: Recorded, isInPeriod: boolean): Span {
  const known = span ?? { first: index, last: index, count: 0, firstMs: entry.ts, lastMs: entry.ts };
  const lastMs = Math.max(known.lastMs, entry.ts);
  if (!isInPeriod) return { ...known, lastMs };
  const first = known.count === 0 ? index : known.first;
  return { first, last: index, count: known.count + 1, firstMs: known.firstMs, lastMs };
}
