// A fact about an attempt that was learnt after its outcome was recorded, such as from the provider's own log.
import { type CorrectionEntry, outcomeView, parseEntry } from "../../ledger/index.ts";
import { append, openLogDirectory, type Position, stamp } from "../../store/index.ts";
import type { LifecycleAccess } from "./lifecycle-access.ts";
import { LifecycleError } from "./lifecycle-error.ts";

export type Correction = CorrectionEntry["of"] & Pick<CorrectionEntry, "attempt" | "evidence" | "reason">;

/** Resolves with where the correction stands. What it is about stays as it is. */
export async function correct(access: LifecycleAccess, correction: Correction): Promise<Position> {
  const { origin, index, attempt, evidence, reason } = correction;
  if (!(await hasAttempt(access, correction))) {
    throw new LifecycleError(
      "not_found",
      "this cell has published no such attempt: name the log, the index of an outcome, and the position of an attempt in it",
    );
  }
  const entry = {
    ...stamp(access),
    t: "correction",
    of: { origin, index },
    attempt,
    evidence,
    reason,
  } as const;
  return append(access, entry, { kind: "none" });
}

/** What is not sealed yet, in the last second or two, is not published and so not found. */
async function hasAttempt(
  { ledger }: LifecycleAccess,
  { origin, index, attempt }: Correction,
): Promise<boolean> {
  for (const log of await openLogDirectory(ledger.directory)) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint?.origin !== origin) continue;
    if (index >= checkpoint.size || !(await log.hasEntries())) return false;
    const entry = parseEntry(await log.readEntry(index));
    if (!entry.ok || entry.value.t !== "outcome") return false;
    return attempt < outcomeView(entry.value).attempts.length;
  }
  return false;
}
