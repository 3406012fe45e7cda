// What one cell says that it sent, against what another says that it received (docs/spec/ledger.md, "Between cells").
import type { CellId, InstantMs } from "../../base/index.ts";
import type { ProblemList } from "./log-problem.ts";
import type { LogStory } from "./log-story.ts";
import { formatTilePath, tileHolding } from "../tree/tile.ts";
import type { Export, Import } from "./transfer-halves.ts";

export interface TransferCount {
  /** Found on both sides. */
  readonly pairedCount: number;
  /** Sent so late that the other side's log may not show it yet, or the other way round. */
  readonly pendingCount: number;
  /** The other cell's log was not given. */
  readonly uncheckedCount: number;
}

/** A log that may hold halves; what is wrong with one is its own log's problem. */
export interface TransferLog {
  readonly story: LogStory;
  readonly problems: ProblemList;
  readonly stated: { readonly size: number } | null;
}

/** How far the clocks of two cells may be apart, beside the time a seal takes. */
const clockToleranceMs = 10_000;

export function pairTransfers(logs: readonly TransferLog[]): TransferCount {
  return new TransferPairing(logs).run();
}

interface Half<Kind> {
  readonly log: TransferLog;
  readonly half: Kind;
}

class TransferPairing {
  readonly #logs: readonly TransferLog[];
  readonly #exports = new Map<string, Half<Export>[]>();
  readonly #imports = new Map<string, Half<Import>[]>();
  /** Of each cell whose log is at hand, the time up to which it tells. */
  readonly #endMs = new Map<CellId, number>();
  readonly #count = { pairedCount: 0, pendingCount: 0, uncheckedCount: 0 };

  constructor(logs: readonly TransferLog[]) {
    this.#logs = logs;
  }

  run(): TransferCount {
    for (const log of this.#logs) this.#collect(log);
    for (const halves of this.#exports.values()) this.#checkExports(halves);
    for (const halves of this.#imports.values()) this.#checkImports(halves);
    return this.#count;
  }

  #collect(log: TransferLog): void {
    const { opening, transfers } = log.story;
    if (opening === null) return;
    const known = this.#endMs.get(opening.cell) ?? 0;
    this.#endMs.set(opening.cell, Math.max(known, transfers.endMs));
    for (const half of transfers.exports) addTo(this.#exports, half.xid, { log, half });
    for (const half of transfers.imports) addTo(this.#imports, half.xid, { log, half });
  }

  #checkExports([first, ...others]: readonly Half<Export>[]): void {
    if (first === undefined) return;
    for (const other of others) report(other, `another transfer has the same xid: ${first.half.xid}`);
    const { xid, to, answeredMs } = first.half;
    const imported = (this.#imports.get(xid) ?? []).some(({ half }) => half.by === to);
    if (imported) this.#count.pairedCount++;
    // Nobody has to have received what nobody answered.
    else if (answeredMs === null) this.#count.pendingCount++;
    else if (!this.#endMs.has(to)) this.#count.uncheckedCount++;
    else if (this.#tellsOf(to, answeredMs))
      report(first, `\`${to}\` answered it, and its log has no import of it`);
    else this.#count.pendingCount++;
  }

  #checkImports(halves: readonly Half<Import>[]): void {
    const [first] = halves;
    if (first === undefined) return;
    const sent = this.#exports.get(first.half.xid)?.[0]?.half;
    if (sent === undefined) {
      this.#checkUnsent(first);
      return;
    }
    for (const received of halves.filter(({ half }) => half.by !== sent.to)) {
      report(received, `\`${sent.from}\` says that it sent it to \`${sent.to}\``);
    }
    // A sender that tries again after a failure sends the same xid; whoever copies a request does so too.
    for (const received of halves.slice(Math.max(sent.attemptCount, 1))) {
      report(received, `the same xid was received more often than \`${sent.from}\` sent it`);
    }
  }

  /** An import does not name its sender, so every other cell's log must have gone on long enough to show the export. */
  #checkUnsent(received: Half<Import>): void {
    const { by, receivedMs } = received.half;
    const others = Array.from(this.#endMs.keys()).filter((cell) => cell !== by);
    if (others.length === 0) this.#count.uncheckedCount++;
    else if (others.every((cell) => this.#tellsOf(cell, receivedMs)))
      report(received, "none of the other cells' logs that were given has sent it");
    else this.#count.pendingCount++;
  }

  /** Whether what happened at that time must be in the log of `cell`, if it happened there. */
  #tellsOf(cell: CellId, atMs: InstantMs): boolean {
    return (this.#endMs.get(cell) ?? 0) > atMs + clockToleranceMs;
  }
}

function report({ log, half }: Half<Export> | Half<Import>, reason: string): void {
  const path = formatTilePath(tileHolding(half.index, "entries", log.stated?.size ?? half.index + 1));
  log.problems.add("transfer", path, reason, { index: half.index });
}

function addTo<Kind>(map: Map<string, Half<Kind>[]>, xid: string, half: Half<Kind>): void {
  const known = map.get(xid);
  if (known === undefined) map.set(xid, [half]);
  else known.push(half);
}
