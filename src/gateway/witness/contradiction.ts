// What happens when this cell, as a witness, is shown a log that contradicts what it has cosigned.
import { toHex } from "../../base/index.ts";
import type { Contradiction, LogHead } from "../../ledger/index.ts";
import { originHash } from "../../store/index.ts";
import type { CellContext } from "../cell-context.ts";
import { append, stamp } from "../docket.ts";

/** Of one log and one kind. Whoever repeats it, or has many to show, must not fill our own log with it. */
const entryIntervalMs = 60 * 60_000;

/** Every time: the alarm. The entry: once for each head that was shown, and at most one an hour for a log and a kind. */
export async function tellOfContradiction(cell: CellContext, contradiction: Contradiction): Promise<void> {
  const { act, known, shown } = contradiction;
  cell.meters.alarm("witness_contradiction");
  cell.log({
    event: "log_contradicted",
    cell: cell.cell,
    log: originHash(shown.origin),
    act,
    knownSize: known.size,
    shownSize: shown.size,
  });
  cell.log({ event: "alarm", cell: cell.cell, alarm: "witness_contradiction" });
  if (!cell.contradictions.isNew(contradiction, cell.now())) return;
  const entry = { ...stamp(cell), t: "fork" as const, act, known: headOf(known), shown: headOf(shown) };
  // The refusal stands without it. A ledger that takes nothing more tells of that by itself.
  await append(cell, entry, { kind: "none" }).catch(() => undefined);
}

/** What was recorded, for as long as the process lives. */
export class RecordedContradictions {
  readonly #heads = new Set<string>();
  readonly #lastMs = new Map<string, number>();

  /** Whether to record it; asked once. */
  isNew({ act, shown }: Contradiction, nowMs: number): boolean {
    const kind = `${act} ${shown.origin}`;
    const head = `${shown.origin} ${shown.size} ${toHex(shown.root)}`;
    const lastMs = this.#lastMs.get(kind);
    if (this.#heads.has(head) || (lastMs !== undefined && nowMs < lastMs + entryIntervalMs)) return false;
    this.#heads.add(head);
    this.#lastMs.set(kind, nowMs);
    return true;
  }
}

function headOf({ origin, size, root }: Contradiction["known"]): LogHead {
  return { origin, size, root: toHex(root) };
}
