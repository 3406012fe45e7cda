import type { Call, CallKind } from "../journal.ts";
import { stallMs } from "../call.ts";
import { longText } from "../engine-answers.ts";
import { comingTenant, limits, longestMemoryMs } from "../lawful-sets.ts";
import { type Expected, type Seen, type Verdict, verdict } from "../verdict.ts";

/** For a machine that does other things too. */
const slackMs = 4_000;

/** Its body, the first chunk, and one silence after it. */
const boundMs = limits.headersTimeoutMs + limits.deadlineMs + limits.idleTimeoutMs + slackMs;

const ordinary = [200, 502, 503, 504];

const limitedTenants: ReadonlySet<string> = new Set(["limited", "thrifty"]);

/** By whom the answer may be which. 451 is none of them: no event takes everything from anybody. */
const statuses: Readonly<Record<CallKind, readonly number[]>> = {
  plain: ordinary,
  stream: ordinary,
  leaves: ordinary,
  stalls: ordinary,
  flood: [...ordinary, 429],
  "bad-body": [400, 503],
  "wrong-key": [401],
  "unknown-model": [404, 503],
  unfinished: [408, 503],
  half: [400, 408, 503],
  garbage: [400, 404, 408, 413, 431, 501, 503],
};

/** Everybody gets an answer of its kind, in time. */
export function judgeAnswers({ journal }: Seen, { isCrowded = false }: Expected = {}): Verdict {
  const { calls } = journal;
  const held = calls.filter(isHeld);
  const faults = calls.flatMap((call) => [
    ...late(call),
    ...strange(call, journal),
    ...(isCrowded && isTurnedAway(call) ? [] : broken(call, journal)),
  ]);
  if (held.length > 0)
    faults.push(`${held.length} answers were kept for callers that read nothing, beyond the idle timeout`);
  const tookMs = calls.filter(({ kind }) => kind !== "stalls").map((call) => call.endedMs - call.startedMs);
  const byStatus = Object.groupBy(calls, ({ status, ended }) =>
    ended === "left" ? "left" : (status ?? "none"),
  );
  const ofStalls = calls.filter(({ kind, status }) => kind === "stalls" && status === 200);
  return verdict(
    "every request ends in time, with an answer of its kind",
    {
      requests: calls.length,
      ...Object.fromEntries(Object.entries(byStatus).map(([word, all]) => [word, all?.length ?? 0])),
      longestMs: Math.round(tookMs.reduce((most, each) => Math.max(most, each), 0)),
      boundMs,
      stalled: ofStalls.length,
      stalledAndHeld: held.length,
    },
    faults,
  );
}

/** The whole of a long answer was still there for one that had read nothing for twice the idle timeout. */
function isHeld({ kind, bytes, ended }: Call): boolean {
  return kind === "stalls" && bytes > longText.length && ended === "whole";
}

function late({ kind, rid, startedMs, endedMs, ended }: Call): readonly string[] {
  const tookMs = endedMs - startedMs;
  if (ended !== "late" && tookMs <= boundMs + (kind === "stalls" ? stallMs : 0)) return [];
  return [`request ${rid} (${kind}) took ${Math.round(tookMs)} ms`];
}

function strange(
  { kind, tenant, status, error, rid, startedMs, endedMs }: Call,
  journal: Seen["journal"],
): readonly string[] {
  // Whoever comes while it ends hears that, whatever else would have been said.
  if (error === "gateway_draining" && journal.absent(startedMs, endedMs)) return [];
  if (error === "provider_saturated" && wasThrottled(journal, startedMs, endedMs)) return [];
  const allowed = statuses[kind];
  // Its key counts only while the policy names it; and whoever floods may have taken what its tenant may have.
  const extra = [...(tenant === comingTenant ? [401] : []), ...(limitedTenants.has(tenant) ? [429] : [])];
  if (status === null || allowed.includes(status) || extra.includes(status)) return [];
  return [`request ${rid} (${kind} of \`${tenant}\`) was answered with ${status} \`${error}\``];
}

/** Some engine said 429 then, or had just done. */
function wasThrottled({ illnesses }: Seen["journal"], fromMs: number, toMs: number): boolean {
  return illnesses.some(
    (each) => each.mode === "busy" && each.fromMs <= toMs && each.toMs >= fromMs - longestMemoryMs,
  );
}

/** Before a word of its request was read. */
function isTurnedAway({ kind, status, fault }: Call): boolean {
  return status === null && (kind === "flood" || fault?.includes("kept connection") === true);
}

/** Whoever stays is answered by a cell that runs. */
function broken(
  { kind, rid, status, fault, ended, startedMs, endedMs }: Call,
  journal: Seen["journal"],
): readonly string[] {
  if (ended !== "broken" || kind === "stalls" || kind === "garbage" || journal.absent(startedMs, endedMs))
    return [];
  return [
    `request ${rid} (${kind}, status ${status}) was broken off without a word: ${fault}, after ${Math.round(endedMs - startedMs)} ms`,
  ];
}
