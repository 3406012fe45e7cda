// The logs of a cell from month to month. When the month changes, new decisions go to the new log at once; what
// belongs to requests that were decided before goes to the old one, which ends when the last of them has its outcome.
// The ledger thread owns its state.
import { formatDay, later, type MonotonicClock, type MonotonicMs, type RequestId } from "../../base/index.ts";
import { endShard } from "./end-shard.ts";
import type { PairedEntry } from "../thread/batch-message.ts";
import { type LogOptions, openAfter, openLog } from "./open-log.ts";
import type { PolicyInForce, Position } from "../log/ledger.ts";
import type { Pairing } from "../log/pairing-kind.ts";
import { type Quarantine, standingIn } from "../log/quarantines.ts";
import type { OpenLog } from "./open-shard.ts";
import { paired, unknownOutcome } from "./own-entries.ts";
import type { ClockState } from "../time/agreed-time.ts";
import { applyRetention } from "./retention.ts";
import { type ShardName, shardOf } from "../log/shard.ts";
import { Turns } from "./turns.ts";

/** How long a log takes outcomes after its month. Requests that run on then have the outcome `unknown`. */
const graceMs = 15 * 60_000;

/** Appends next to each other that went to one log. */
export interface Run {
  /** Null: the requests' decisions are in no log that is open, so the entries are nowhere. */
  readonly origin: string | null;
  readonly firstIndex: number;
  readonly count: number;
}

export interface RotationOptions extends LogOptions {
  /** Null: logs are kept for ever. */
  readonly retentionDays: number | null;
  /** Measures the grace of a log whose month is over; the calendar is the wall clock's. */
  readonly monotonicNow: MonotonicClock;
  /** New decisions go to another log from now on. */
  readonly onRotation: (log: OpenLog) => void;
}

/** INVARIANT: at most two logs are open, and new decisions go to the newer one alone. */
export class RotatingLog {
  #options: RotationOptions;
  #current: OpenLog;
  /** The log of the month before: it takes outcomes, and no new decision. */
  #ending: { readonly log: OpenLog; readonly untilMs: MonotonicMs } | null = null;
  /** Of what the calendar asks for, and of policies. */
  readonly #turns = new Turns();
  /** Of what is said of endpoints, and of the moment in which a month begins with all that stands of it. */
  readonly #endpointTurns = new Turns();
  /** Logs that are gone, and that the present log was told of. */
  #told: Set<ShardName> = new Set();
  #retentionAppliedOn = "";

  private constructor(options: RotationOptions, current: OpenLog) {
    this.#options = options;
    this.#current = current;
  }

  static async open(options: RotationOptions): Promise<RotatingLog> {
    const logs = new RotatingLog(options, await openLog(options));
    await logs.#applyRetention();
    return logs;
  }

  /** The log that new decisions go to. */
  get current(): OpenLog {
    return this.#current;
  }

  get quarantines(): readonly Quarantine[] {
    return standingIn(this.#current.writer.words);
  }

  /** Resolves when the entries are durable. One of a request goes to the log that holds its decision. */
  append(entries: readonly PairedEntry[]): Promise<readonly Run[]> {
    const groups: { readonly log: OpenLog | null | "newest"; readonly entries: PairedEntry[] }[] = [];
    for (const entry of entries) {
      const log = entry.pairing.kind === "endpoint" ? "newest" : this.#logFor(entry.pairing);
      const last = groups.at(-1);
      if (last?.log === log) last?.entries.push(entry);
      else groups.push({ log, entries: [entry] });
    }
    return Promise.all(
      groups.map(({ log, entries }) =>
        log === "newest" ? this.#appendOfEndpoint(entries) : appendTo(log, entries),
      ),
    );
  }

  /** In a log that has begun, or in one whose end the next month knows when it begins. */
  #appendOfEndpoint(entries: readonly PairedEntry[]): Promise<Run> {
    return this.#endpointTurns.take(() => appendTo(this.#current, entries));
  }

  /** Called once in a sealing interval: seals what has grown, and does what the calendar asks for. */
  tick(): Promise<void> {
    return this.#turns.take(() => this.#runTick());
  }

  /** A person says that the wall clock is right. */
  acceptClock(): ClockState {
    return this.#options.time.accept();
  }

  /**
   * Resolves when the policy's texts, and the entry that names them, are on disk in the log that new decisions go to.
   * Every later log begins with it.
   */
  enactPolicy(policy: PolicyInForce): Promise<Position> {
    return this.#turns.take(() => {
      this.#options = { ...this.#options, policy };
      return this.#current.enactPolicy(policy);
    });
  }

  /**
   * Closes those of the requests that are open still: whoever had them is gone, and nobody can say whether they ran. A
   * decision that never became durable is none.
   */
  async closeUnknown(rids: readonly RequestId[]): Promise<void> {
    // INVARIANT: no await from the look to the append, or the end of the month could close a request a second time.
    const closed = rids.flatMap((rid) => {
      const log = this.#logFor({ kind: "closes", rid });
      const decision = log?.writer.open.get(rid);
      if (log === null || decision === undefined) return [];
      return [log.writer.append([paired(unknownOutcome(this.#options, rid, decision))])];
    });
    await Promise.all(closed);
  }

  async close(): Promise<void> {
    await this.#turns.over();
    await this.#endpointTurns.over();
    // What is open in the old log now is left to the next start, as in the present one.
    if (this.#ending !== null) await this.#end(this.#ending, (log) => log.writer.close());
    await this.#current.writer.close();
  }

  /** A request's entries go where its decision is, also over a month's end; null where no open log has it. */
  #logFor(pairing: Pairing): OpenLog | null {
    if (pairing.kind !== "closes" && pairing.kind !== "within") return this.#current;
    if (this.#current.writer.open.has(pairing.rid)) return this.#current;
    return this.#ending?.log.writer.open.has(pairing.rid) ? this.#ending.log : null;
  }

  async #runTick(): Promise<void> {
    const present = shardOf(this.#options.time.check().settledMs);
    if (present > this.#current.shard) await this.#rotate(present);
    await Promise.all([this.#current.writer.seal(), this.#ending?.log.writer.seal()]);
    await Promise.all([this.#current.writer.completeQuorum(), this.#ending?.log.writer.completeQuorum()]);
    if (this.#ending !== null) await this.#end(this.#ending, async () => {});
    if (this.#retentionAppliedOn !== this.#today()) await this.#applyRetention();
  }

  /** Runs once a day; a month's end is the end of a day too. */
  async #applyRetention(): Promise<void> {
    this.#retentionAppliedOn = this.#today();
    try {
      await applyRetention(this.#options, this.#current, this.#told);
    } catch (error) {
      throw this.#current.writer.poison(error);
    }
  }

  #today(): string {
    return formatDay(this.#options.time.check().settledMs);
  }

  /** If we crash in here, there are two logs that have not ended, which is what the next start expects. */
  async #rotate(present: ShardName): Promise<void> {
    const before = this.#current;
    // After a leap of the clock the log of two months ago may still be there.
    if (this.#ending !== null)
      await this.#end({ ...this.#ending, untilMs: this.#options.monotonicNow() }, async () => {});
    // The clocks may have parted in this very moment: then the next tick looks again.
    if (this.#ending !== null) return;
    try {
      await this.#endpointTurns.take(async () => {
        this.#current = await openAfter(this.#options, before, present);
      });
      this.#told = new Set();
      this.#ending = { log: before, untilMs: later(this.#options.monotonicNow(), graceMs) };
    } catch (error) {
      throw before.writer.poison(error);
    }
    this.#options.onRotation(this.#current);
  }

  async #end(
    { log, untilMs }: { readonly log: OpenLog; readonly untilMs: MonotonicMs },
    orElse: (log: OpenLog) => Promise<void>,
  ): Promise<void> {
    await log.writer.settled();
    // INVARIANT: no await from here to the appends of endShard, or an outcome could come between and stand twice.
    const { open, isQuorumMet } = log.writer;
    // Nobody asks for cosignatures of a log that has ended: so not while its witnesses are away.
    const isAwaited = (open.size > 0 || !isQuorumMet) && this.#options.monotonicNow() < untilMs;
    // The month before may not be over after all: its key stays until the clocks agree.
    if (isAwaited || this.#options.time.check().isHeld) return orElse(log);
    this.#ending = null;
    await endShard(log, this.#current, this.#options);
  }
}

async function appendTo(log: OpenLog | null, entries: readonly PairedEntry[]): Promise<Run> {
  const count = entries.length;
  if (log === null) return { origin: null, firstIndex: 0, count };
  return { origin: log.origin, firstIndex: await log.writer.append(entries), count };
}
