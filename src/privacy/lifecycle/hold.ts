// A legal hold, and a restriction of processing (GDPR Art. 18): while it stands, the key must not be destroyed.
import type { InstantMs } from "../../base/index.ts";
import type { Hold } from "../../keys/index.ts";
import type { HoldEntry } from "../../ledger/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { LifecycleAccess, LifecycleReadAccess } from "./lifecycle-access.ts";
import type { HoldReason } from "./grounds.ts";
import { declining } from "./key-errors.ts";
import { LifecycleError } from "./lifecycle-error.ts";
import { handlesOf, type KeyTarget } from "./target.ts";

interface HoldOrder extends KeyTarget {
  readonly reason: HoldReason;
}

export interface HoldResult {
  readonly act: HoldEntry["act"];
  readonly reason: string;
  readonly handles: readonly string[];
}

/** A hold stands before it is recorded: a crash in between leaves a hold too many, and never one too few. */
export async function placeHold(
  access: LifecycleAccess,
  { reason, untilMs, ...target }: HoldOrder & { readonly untilMs?: InstantMs | undefined },
): Promise<HoldResult> {
  const until = untilMs ?? null;
  if (until !== null && until <= access.settledNow()) {
    throw new LifecycleError("invalid_request", "`untilMs`: that time is over, so nothing would be held");
  }
  const handles = await handlesOf(access, target);
  for (const handle of handles) {
    await declining(access.vault.placeHold({ handle, reason, untilMs: until }));
    await record(access, { subject: handle, act: "place", reason, until });
  }
  return { act: "place", reason, handles };
}

/** The release is recorded before the hold ends, for the same reason. */
export async function releaseHold(
  access: LifecycleAccess,
  { reason, ...target }: HoldOrder,
): Promise<HoldResult> {
  const wanted = new Set(await handlesOf(access, target));
  const standing = await access.vault.holds(access.settledNow());
  const held = standing.filter((hold) => wanted.has(hold.handle) && hold.reason === reason);
  if (held.length === 0) throw new LifecycleError("not_found", `no hold stands there for \`${reason}\``);
  for (const { handle } of held) {
    await record(access, { subject: handle, act: "release", reason, until: null });
    await access.vault.releaseHold(handle, reason);
  }
  return { act: "release", reason, handles: held.map(({ handle }) => handle) };
}

export async function listHolds({
  vault,
  settledNow,
}: LifecycleReadAccess): Promise<{ readonly holds: readonly Hold[] }> {
  return { holds: await vault.holds(settledNow()) };
}

async function record(
  access: LifecycleAccess,
  hold: Pick<HoldEntry, "subject" | "act" | "reason" | "until">,
): Promise<void> {
  await append(access, { ...stamp(access), t: "hold", ...hold }, { kind: "none" });
}
