import { type Alarm, alarms } from "../../../src/telemetry/index.ts";
import type { LoggedEvent } from "../journal.ts";
import { engineNames, limits, longestMemoryMs, type TenantName, tenants } from "../lawful-sets.ts";
import { type Expected, type Seen, type Verdict, verdict } from "../verdict.ts";

/** Each fault rings what it should, and nothing else rings. */
export function judgeAlarms(stage: Seen, { also = [], may = [] }: Expected): Verdict {
  const { journal } = stage;
  const rung = alarms.map((kind) => [kind, journal.alarms(kind)] as const).filter(([, count]) => count > 0);
  const errors = journal.logged.filter(({ event }) => event === "internal_error");
  const expected: readonly Alarm[] = [
    "region_unavailable",
    "violation",
    "clock_disagrees",
    ...lossAlarms(journal),
    ...also,
  ];
  const faults = [
    ...rung
      .filter(([kind]) => !expected.includes(kind) && !may.includes(kind))
      .map(([kind, count]) => `\`${kind}\` rang ${count} times`),
    ...also.filter((kind) => journal.alarms(kind) === 0).map((kind) => `\`${kind}\` did not ring`),
    ...errors.map(({ fields }) => `internal error: ${JSON.stringify(fields["thrown"])}`),
    ...clockFaults(stage),
    ...violationFaults(stage),
    ...regionFaults(stage),
    ...journal.faults,
  ];
  return verdict(
    "every alarm rang that should, and no other",
    { ...Object.fromEntries(rung), lies: journal.lies.length, internalErrors: errors.length },
    faults,
  );
}

function lossAlarms({ threadLosses }: Seen["journal"]): readonly Alarm[] {
  return threadLosses.length > 0 ? ["thread_lost"] : [];
}

/** Once a step at most: one of a few seconds need not be told, and one may be told again by a cell that starts. */
function clockFaults({ journal }: Seen): readonly string[] {
  const rung = journal.alarms("clock_disagrees");
  const steps = journal.acts.get("set-clock") ?? 0;
  const most = steps === 0 ? 0 : steps + journal.lives.length;
  return rung > most ? [`\`clock_disagrees\` rang ${rung} times for ${steps} steps`] : [];
}

/** Each liar lied until it rang, so that some lie met a caller who stayed; and it rings once for each lie at most. */
function violationFaults({ journal }: Seen): readonly string[] {
  const rung = journal.alarms("violation");
  const unheard = journal.quarantines.filter(
    ({ fromMs, heardByMs }) => journal.alarmAfter("violation", fromMs) > heardByMs,
  ).length;
  return rung > journal.lies.length || unheard > 0
    ? [`\`violation\` rang ${rung} times for ${journal.lies.length} lies, and not for ${unheard} engines`]
    : [];
}

function regionFaults(stage: Seen): readonly string[] {
  const { journal } = stage;
  const rung = journal.alarms("region_unavailable");
  const told = journal.calls.filter(({ error }) => error === "policy_region_unavailable").length;
  const untold = journal.calls.filter(({ ended }) => ended === "left" || ended === "broken").length;
  const faults: string[] = [];
  if (rung < told || rung > told + untold)
    faults.push(`\`region_unavailable\` rang ${rung} times, and ${told} callers were told of it`);
  const ringing = journal.logged.filter(({ fields }) => fields["alarm"] === "region_unavailable");
  for (const { fromMs, toMs } of journal.blackouts) {
    if (!ringing.some(({ atMs }) => atMs >= fromMs && atMs <= toMs + limits.deadlineMs))
      faults.push("nothing rang while every engine of `clinic` was dead");
  }
  for (const { atMs } of ringing.filter((ring) => !mayRing(stage, ring.atMs)))
    faults.push(
      `\`region_unavailable\` rang with a well engine for everybody, ${whatWasBefore(journal, atMs)}`,
    );
  return faults;
}

const lookBackMs = 5_000;

/** So that a run which cannot be had again still says why: whose request it was, what it failed at, and what had happened. */
function whatWasBefore({ calls, logged, absences, threadLosses }: Seen["journal"], atMs: number): string {
  const isLate = ({ atMs: saidMs }: LoggedEvent): boolean => saidMs >= atMs - lookBackMs && saidMs <= atMs;
  const ended = calls.find(
    ({ error, startedMs, endedMs }) =>
      error === "policy_region_unavailable" && startedMs <= atMs && endedMs >= atMs - 100,
  );
  const since = [...absences, ...threadLosses].map(({ toMs }) => Math.round(atMs - toMs));
  const whose = ended ? `request ${ended.rid} of \`${ended.tenant}\`` : "no caller was told";
  const said = logged.filter(isLate).map(({ event, fields }) => `${event} ${JSON.stringify(fields)}`);
  return `${whose}; ms since the process or a thread was away: ${since.join(" ")}; the log before: ${said.join(" ")}`;
}

/** Whether all engines of some tenant may have been out of reach: ill lately, or taken away by an event or the policy. */
function mayRing({ journal, law }: Seen, atMs: number): boolean {
  const ill = new Set(
    journal.illnesses
      .filter(({ fromMs, toMs }) => fromMs <= atMs && toMs >= atMs - longestMemoryMs)
      .map(({ engine }) => engine),
  );
  return (Object.keys(tenants) as TenantName[]).some((tenant) =>
    engineNames.every((engine) => ill.has(engine) || !law.isSurelyOpen(tenant, engine, atMs)),
  );
}
