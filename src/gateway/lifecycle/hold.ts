// A legal hold, and a restriction of processing (GDPR Art. 18): while it stands, the key must not be destroyed.
import type { Hold } from "../../keys/index.ts";
import type { HoldEntry } from "../../ledger/index.ts";
import { append, stamp } from "../docket.ts";
import type { Custody, Keeping } from "./custody.ts";
import type { HoldReason } from "./grounds.ts";
import { declining } from "./key-errors.ts";
import { LifecycleError } from "./lifecycle-error.ts";
import { handlesOf, type Target } from "./target.ts";

interface HoldOrder extends Target {
  readonly reason: HoldReason;
}

export interface HoldResult {
  readonly act: HoldEntry["act"];
  readonly reason: string;
  readonly handles: readonly string[];
}

/** It stands before it is recorded: a crash in between leaves a hold too many, and never one too few. */
export async function placeHold(
  custody: Custody,
  { reason, untilMs, ...target }: HoldOrder & { readonly untilMs?: number | undefined },
): Promise<HoldResult> {
  const handles = await handlesOf(custody, target);
  const until = untilMs ?? null;
  for (const handle of handles) {
    await declining(custody.vault.placeHold({ handle, reason, untilMs: until }));
    await record(custody, { subject: handle, act: "place", reason, until });
  }
  return { act: "place", reason, handles };
}

/** It is recorded before it ends, for the same reason. */
export async function releaseHold(custody: Custody, { reason, ...target }: HoldOrder): Promise<HoldResult> {
  const wanted = new Set(await handlesOf(custody, target));
  const standing = await custody.vault.holds(custody.now());
  const held = standing.filter((hold) => wanted.has(hold.handle) && hold.reason === reason);
  if (held.length === 0) throw new LifecycleError("not_found", `no hold stands there for \`${reason}\``);
  for (const { handle } of held) {
    await record(custody, { subject: handle, act: "release", reason, until: null });
    await custody.vault.releaseHold(handle, reason);
  }
  return { act: "release", reason, handles: held.map(({ handle }) => handle) };
}

export async function listHolds({ vault, now }: Keeping): Promise<{ readonly holds: readonly Hold[] }> {
  return { holds: await vault.holds(now()) };
}

async function record(
  custody: Custody,
  hold: Pick<HoldEntry, "subject" | "act" | "reason" | "until">,
): Promise<void> {
  await append(custody, { ...stamp(custody), t: "hold", ...hold }, { kind: "none" });
}
