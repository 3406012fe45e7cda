// Owner: the control thread, whose witness it is (routes.ts says why it is asked on the callers' listener). What happens when this cell, as a witness, is shown
// that a log has signed two trees of one size. Both notes are kept by then (store/witness/witness-evidence.ts).
import { toHex } from "../../base/index.ts";
import type { Contradiction, LogHead } from "../../ledger/index.ts";
import { append, originHash, stamp } from "../../store/index.ts";
import type { RecordedContradictions } from "./recorded-contradictions.ts";
import type { ThreadServices } from "../exchange/thread-services.ts";

/** Once for each head that was shown, and at most once an hour for a log: whoever shows it again says nothing new. */
export async function tellOfContradiction(
  cell: ThreadServices,
  contradiction: Contradiction,
  recorded: RecordedContradictions,
): Promise<void> {
  if (!recorded.isNew(contradiction, cell.monotonicNow())) return;
  const { known, shown } = contradiction;
  cell.log({
    event: "log_contradicted",
    cell: cell.cell,
    log: originHash(shown.origin),
    size: shown.size,
  });
  cell.alarm("witness_contradiction");
  const heads = { known: headOf(known), shown: headOf(shown) };
  const entry = { ...stamp(cell), t: "fork" as const, act: "fork" as const, ...heads };
  // The refusal stands without it. A ledger that takes nothing more tells of that by itself.
  await append(cell, entry, { kind: "none" }).catch(() => undefined);
}

function headOf({ origin, size, root }: Contradiction["known"]): LogHead {
  return { origin, size, root: toHex(root) };
}
