// Whoever opens it owns its state.
import { compareText, toHex } from "../../base/index.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import type { LaterFacts } from "./later-facts.ts";
import { ProblemList } from "./log-problem.ts";
import type { LogReader } from "./log-reader.ts";
import { LogStory } from "./log-story.ts";
import { type KnownLog, splitOrigin } from "./log-succession.ts";
import { parseNote } from "../note/note.ts";
import { type SeenCheckpoint, withSeen } from "./seen-checkpoints.ts";
import { formatTilePath, tileHolding } from "../tree/tile.ts";
import { type LogFindings, type LogReport, nothingRead } from "./verify-log.ts";

export interface LedgerLogReport extends LogReport {
  /** Its entries were deleted when their time was over; only its head was verified. */
  readonly isPruned: boolean;
  /** Logs before and after it that it names and that were not given: nothing was compared with them. */
  readonly absent: readonly string[];
}

/** One of several logs that are verified together. */
export class AuditedMonth {
  readonly reader: LogReader;
  /** What its checkpoint says, whoever signed it: good for an order, and for nothing else. */
  readonly stated: Checkpoint | null;
  readonly problems: ProblemList = new ProblemList();
  readonly story: LogStory = new LogStory();
  readonly absent: string[] = [];
  findings: LogFindings = nothingRead(null);
  isPruned = false;

  constructor(reader: LogReader, stated: Checkpoint | null) {
    this.reader = reader;
    this.stated = stated;
  }

  static async open(reader: LogReader, seen: readonly SeenCheckpoint[]): Promise<AuditedMonth> {
    const bytes = await reader.read("checkpoint");
    const note = bytes === null ? null : parseNote(bytes);
    const checkpoint = note?.ok ? parseCheckpoint(note.value.text) : null;
    const stated = checkpoint?.ok ? checkpoint.value : null;
    const ofThis = seen.filter(({ checkpoint: { origin } }) => origin === stated?.origin);
    return new AuditedMonth(withSeen(reader, ofThis), stated);
  }

  /** The origin without its month: logs that share it follow each other. */
  get lineage(): string {
    return splitOrigin(this.stated?.origin ?? "")?.lineage ?? "";
  }

  /** The month, which is also the order. */
  get name(): string {
    return splitOrigin(this.stated?.origin ?? "")?.month ?? "";
  }

  get facts(): LaterFacts {
    return this.story.facts;
  }

  /** What was verified of it, for others to be compared with. */
  get known(): KnownLog | null {
    const { checkpoint } = this.findings;
    if (checkpoint === null) return null;
    const head = { origin: checkpoint.origin, size: checkpoint.size, root: toHex(checkpoint.root) };
    return { reader: this.reader, head, isPruned: this.isPruned };
  }

  compare(other: AuditedMonth): number {
    return compareText(this.stated?.origin ?? "", other.stated?.origin ?? "");
  }

  /** Whether nothing is left but the checkpoint. Where a medium cannot be listed, its first files tell. */
  async isEmptied(): Promise<boolean> {
    const size = this.stated?.size ?? 0;
    if (size === 0 || (await this.reader.list("tile")).length > 0) return false;
    const first = (level: 0 | "entries"): string => formatTilePath(tileHolding(0, level, size));
    return (await this.reader.read(first("entries"))) === null && (await this.reader.read(first(0))) === null;
  }

  addSuccession(reason: string): void {
    const path = formatTilePath(tileHolding(0, "entries", this.stated?.size ?? 1));
    this.problems.add("succession", path, reason, { index: 0 });
  }

  report(): LedgerLogReport {
    const { problems, isPruned, absent } = this;
    return { ...this.findings, isPruned, absent, problems: problems.kept, problemCount: problems.count };
  }
}
