import { formatInstant } from "../../base/index.ts";
import type { CallCounts } from "../../operate/index.ts";
import { formatTable } from "../terminal/table.ts";
import { formatReadingFaults } from "./reconciliation-text.ts";

/** What a person reads: counts first, then where calls went, then the hours that somebody must look at. */
export function formatCallCounts(found: CallCounts, log: string): string {
  return [counts(found), locations(found), hours(found), rest(found, log)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function counts(found: CallCounts): string {
  return formatTable(
    ["", "count"],
    [
      ["records", found.recordCount],
      ["calls of models", found.callCount],
      ["about something else", found.otherCount],
      ["told twice", found.repeatedCount],
      ["refused by the provider", found.refusedCount],
      ["calls that no attempt of their hour can be, at least", found.surplusCount],
      ["attempts that the log does not tell of, at least", found.missingCount],
      ["calls too recent to be compared", found.recentCount],
    ].map((row) => row.map(String)),
  );
}

function locations({ locations: named }: CallCounts): string {
  if (named.length === 0) return "";
  const rows = named.map(({ location, places, callCount, isOurs }) => [
    location,
    places?.join(" ") ?? "unknown",
    String(callCount),
    isOurs ? "yes" : "no",
  ]);
  return `Calls that were served, by the location that was called:\n${formatTable(["location", "places", "calls", "an endpoint calls there"], rows)}`;
}

function hours({ hours: named, hourCount }: CallCounts): string {
  if (hourCount === 0) return "";
  const rows = named.map((hour) => [
    formatInstant(hour.startMs),
    hour.location,
    String(hour.loggedCount),
    String(hour.attemptCount),
    String(hour.surplusCount),
    String(hour.missingCount),
  ]);
  const columns = ["hour", "location", "calls", "attempts", "calls of nobody", "attempts untold"];
  const more = named.length < hourCount ? `\nand ${hourCount - named.length} more hours` : "";
  return `Hours in which the log and the ledger differ; which calls these are, the log does not say:\n${formatTable(columns, rows)}${more}`;
}

function rest(found: CallCounts, log: string): string {
  const { surplusCount, unknownOutcomeCount } = found;
  const lines = [
    ...(surplusCount === 0
      ? []
      : [
          `Somebody called past the gateway, or by another cell${unknownOutcomeCount === 0 ? "" : `; or they are of the ${unknownOutcomeCount} requests of which no outcome is known`}`,
        ]),
    ...formatReadingFaults(found, log),
  ];
  return lines.join("\n");
}
