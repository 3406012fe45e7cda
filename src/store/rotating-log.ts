// The logs of a cell from month to month. When the month changes, new decisions go to the new log at once; what
// belongs to requests that were decided before goes to the old one, which ends when the last of them has its outcome.
import type { InstantMs } from "../base/index.ts";
import { endShard } from "./end-shard.ts";
import type { PairedEntry } from "./batch-message.ts";
import { type LogOptions, openAfter, openLog } from "./open-log.ts";
import type { OpenLog } from "./open-shard.ts";
import { applyRetention } from "./retention.ts";
import { type ShardName, shardOf } from "./shard.ts";

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
  /** New decisions go to another log from now on. */
  readonly onRotation: (log: OpenLog) => void;
}

export class RotatingLog {
  readonly #options: RotationOptions;
  #current: OpenLog;
  /** Takes no new decision. */
  #ending: { readonly log: OpenLog; readonly untilMs: InstantMs } | null = null;
  #tick: Promise<void> = Promise.resolve();
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

  /** Resolves when the entries are durable. One of a request goes to the log that holds its decision. */
  append(entries: readonly PairedEntry[]): Promise<readonly Run[]> {
    const groups: { readonly log: OpenLog | null; readonly entries: PairedEntry[] }[] = [];
    for (const entry of entries) {
      const log = this.#logFor(entry);
      const last = groups.at(-1);
      if (last?.log === log) last?.entries.push(entry);
      else groups.push({ log, entries: [entry] });
    }
    return Promise.all(groups.map(({ log, entries }) => appendTo(log, entries)));
  }

  /** Once in a sealing interval: seals what has grown, and does what the calendar asks for. */
  tick(): Promise<void> {
    this.#tick = this.#runTick();
    return this.#tick;
  }

  async close(): Promise<void> {
    await this.#tick.catch(() => {});
    // What is open in the old log now is left to the next start, as in the present one.
    if (this.#ending !== null) await this.#end(this.#ending, (log) => log.writer.close());
    await this.#current.writer.close();
  }

  #logFor({ pairing }: PairedEntry): OpenLog | null {
    if (pairing.kind !== "closes" && pairing.kind !== "within") return this.#current;
    if (this.#current.writer.open.has(pairing.rid)) return this.#current;
    return this.#ending?.log.writer.open.has(pairing.rid) ? this.#ending.log : null;
  }

  async #runTick(): Promise<void> {
    if (shardOf(this.#options.now()) > this.#current.shard) await this.#rotate();
    await Promise.all([this.#current.writer.seal(), this.#ending?.log.writer.seal()]);
    await Promise.all([this.#current.writer.completeQuorum(), this.#ending?.log.writer.completeQuorum()]);
    if (this.#ending !== null) await this.#end(this.#ending, async () => {});
    if (this.#retentionAppliedOn !== this.#today()) await this.#applyRetention();
  }

  /** Once a day; a month's end is the end of a day too. */
  async #applyRetention(): Promise<void> {
    this.#retentionAppliedOn = this.#today();
    try {
      await applyRetention(this.#options, this.#current, this.#told);
    } catch (error) {
      throw this.#current.writer.poison(error);
    }
  }

  #today(): string {
    return new Date(this.#options.now()).toISOString().slice(0, 10);
  }

  /** If we crash in here, there are two logs that have not ended, which is what the next start expects. */
  async #rotate(): Promise<void> {
    const before = this.#current;
    // After a leap of the clock the log of two months ago may still be there.
    if (this.#ending !== null) await this.#end({ ...this.#ending, untilMs: 0 }, async () => {});
    try {
      const now = this.#options.now();
      this.#current = await openAfter(this.#options, before, shardOf(now));
      this.#told = new Set();
      this.#ending = { log: before, untilMs: now + graceMs };
    } catch (error) {
      throw before.writer.poison(error);
    }
    this.#options.onRotation(this.#current);
  }

  async #end(
    { log, untilMs }: { readonly log: OpenLog; readonly untilMs: InstantMs },
    orElse: (log: OpenLog) => Promise<void>,
  ): Promise<void> {
    await log.writer.settled();
    // INVARIANT: no await from here to the appends of endShard, or an outcome could come between and stand twice.
    const { open, isQuorumMet } = log.writer;
    // Nobody asks for cosignatures of a log that has ended: so not while its witnesses are away.
    if ((open.size > 0 || !isQuorumMet) && this.#options.now() < untilMs) return orElse(log);
    this.#ending = null;
    await endShard(log, this.#current, this.#options);
  }
}

async function appendTo(log: OpenLog | null, entries: readonly PairedEntry[]): Promise<Run> {
  const count = entries.length;
  if (log === null) return { origin: null, firstIndex: 0, count };
  return { origin: log.origin, firstIndex: await log.writer.append(entries), count };
}
