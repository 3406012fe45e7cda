import { formatInstant } from "../../base/index.ts";
import type { Reconciliation } from "../../operate/index.ts";
import { formatTable } from "../terminal/table.ts";

/** What a person reads: counts first, then each thing that somebody must look at. */
export function formatReconciliation(found: Reconciliation, log: string): string {
  return [counts(found), violations(found), unknownCalls(found), unheard(found), rest(found, log)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function counts(found: Reconciliation): string {
  return formatTable(
    ["", "count"],
    [
      ["records", found.recordCount],
      ["calls of models", found.callCount],
      ["about something else", found.otherCount],
      ["known to the ledger", found.matchedCount],
      ["corrections recorded", found.correctedCount],
      ["recorded before", found.knownCount],
      ["late violations", found.violationCount],
      ["calls that the ledger does not know", found.unknownCallCount],
      ["attempts that the log does not tell of", found.unheardCount],
      ["attempts whose answers named no call", found.namelessCount],
    ].map((row) => row.map(String)),
  );
}

function violations({ violations: named, violationCount, quarantined }: Reconciliation): string {
  if (violationCount === 0) return "";
  const rows = named.map(({ endpoint, allowed, evidenced, region, origin, index, attempt }) => [
    endpoint,
    allowed.join(" "),
    `${evidenced.join(" ")} (${region})`,
    `${origin}#${index}`,
    String(attempt),
  ]);
  const out =
    quarantined.length === 0
      ? "Their endpoints were in quarantine already, or were released since."
      : `In quarantine from now on: ${quarantined.join(", ")}; \`bailiwick quarantine release\` ends it.`;
  return `Computed where their permits do not allow it:\n${formatTable(["endpoint", "allowed", "computed in", "outcome", "attempt"], rows)}${more(named.length, violationCount)}\n${out}`;
}

function unknownCalls({ unknownCalls: named, unknownCallCount }: Reconciliation): string {
  if (unknownCallCount === 0) return "";
  const rows = named.map(({ requestId, timeMs, region, model }) => [
    formatInstant(timeMs),
    requestId,
    region ?? "",
    model ?? "",
  ]);
  return `Served by the provider, and in no entry: somebody called it past the gateway, or by another cell:\n${formatTable(["time", "call", "region", "model"], rows)}${more(named.length, unknownCallCount)}`;
}

function unheard({ unheard: named, unheardCount }: Reconciliation): string {
  if (unheardCount === 0) return "";
  const rows = named.map(({ requestId, endpoint, origin, index, attempt }) => [
    requestId,
    endpoint,
    `${origin}#${index}`,
    String(attempt),
  ]);
  return `Attempts in the time of this log of which it says nothing; a file of it may be missing:\n${formatTable(["call", "endpoint", "outcome", "attempt"], rows)}${more(named.length, unheardCount)}`;
}

function rest(found: Reconciliation, log: string): string {
  const { silentCount, misplaced, unknownRegions } = found;
  const lines = [
    ...(isOfOtherIds(found)
      ? [
          "No call of this log has an id that the ledger knows, though both tell of the same time: are they of other endpoints, or are the ids not those that answers name (docs/reconcile.md)?",
        ]
      : []),
    ...formatReadingFaults(found, log),
    ...(silentCount === 0
      ? []
      : [`${silentCount} calls of which the log does not say where they were computed`]),
    ...misplaced.map(
      ({ endpoint, region, callCount }) =>
        `${callCount} calls of endpoint \`${endpoint}\`, which lies in \`${region}\` and not in the region that the policy says: correct its \`region\``,
    ),
    ...Object.entries(unknownRegions).map(
      ([region, count]) =>
        `${count} calls in region \`${region}\`, which the provider's file in packs/providers does not know: add it there`,
    ),
  ];
  return lines.join("\n");
}

function isOfOtherIds({ matchedCount, unknownCallCount, unheardCount }: Reconciliation): boolean {
  return matchedCount === 0 && unknownCallCount > 0 && unheardCount > 0;
}

/** What of the log could not be read, a line each. */
export function formatReadingFaults(
  { callCount, foreignCount, unreadable }: Pick<Reconciliation, "callCount" | "foreignCount" | "unreadable">,
  log: string,
): readonly string[] {
  return [
    ...(callCount === 0 ? ["No record is about a call: nothing was held against the ledger"] : []),
    ...(foreignCount === 0
      ? []
      : [`${foreignCount} records are of no \`${log}\`, and were not read: what is among its files?`]),
    ...Object.entries(unreadable).map(
      ([member, count]) =>
        `${count} records about calls whose \`${member}\` is missing or wrong: is it a \`${log}\`?`,
    ),
  ];
}

function more(named: number, count: number): string {
  return named < count ? `\nand ${count - named} more` : "";
}
