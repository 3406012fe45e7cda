import type { InstantMs } from "../../../base/index.ts";
import { deploymentOf } from "../../../config/index.ts";
import { calendarOf, formatCalendarICS, type LawCalendar } from "../../../law/index.ts";
import { dayOf } from "./analysis-findings.ts";
import { type ExitCode, exitCode } from "../../terminal/exit-code.ts";
import { endOf, parseAt } from "../../terminal/flags.ts";
import { requirePolicy } from "../../../cell/index.ts";
import { formatTable } from "../../terminal/table.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Command } from "../../terminal/command.ts";

interface CalendarFlags {
  readonly from?: InstantMs;
  readonly to?: InstantMs;
  readonly ical?: boolean;
  readonly json?: boolean;
}

export function addCalendarCommand(program: Command): void {
  program
    .command("calendar")
    .description("what stops or starts being lawful for a policy by itself, and which reviews are due")
    .argument("<policy>", "the policy file")
    .option("--from <date>", "after this date or instant (default: now)", parseAt)
    .option("--to <date>", "before this date or instant (default: ten years later)", parseAt)
    .option("--ical", "print it as iCalendar (RFC 5545), for a calendar program")
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExample:\n  bailiwick calendar policy.yaml --ical > law.ics")
    .runs((terminal, file: string, flags: CalendarFlags) => calendar(terminal, file, flags));
}

async function calendar(
  terminal: Terminal,
  file: string,
  { from, to, ical, json }: CalendarFlags,
): Promise<ExitCode> {
  const fromMs = from ?? Date.now();
  const untilMs = to ?? endOf({ years: 10, months: 0, days: 0 }, fromMs);
  if (untilMs <= fromMs) {
    throw new UnusableInputError([`\`--to\` ${dayOf(untilMs)} is not after \`--from\` ${dayOf(fromMs)}`]);
  }
  const policy = requirePolicy(file);
  const found = calendarOf(deploymentOf(policy), { fromMs, untilMs });
  if (ical)
    await terminal.write(formatCalendarICS(found, { deployment: policy.deployment, stampMs: fromMs }));
  else await (json ? terminal.printJson(found) : terminal.print(formatCalendar(found)));
  return exitCode.ok;
}

interface CalendarEvent {
  readonly atMs: InstantMs;
  readonly what: string;
  readonly who: string;
  readonly why: string;
}

/** In order of time. */
function calendarEvents({ changes, reviews }: LawCalendar): readonly CalendarEvent[] {
  const events: readonly CalendarEvent[] = [
    ...changes.map(({ atMs, effect, tenants, places, endpoints, rules, causes }) => ({
      atMs,
      what: `${endpoints.join(", ")} ${effect.replaceAll("-", " ")}`,
      who: `${tenants.join(", ")}${places === null ? "" : ` with ${fewOf(places)}`}`,
      why: [...causes, ...(rules.length > 0 ? [`by ${rules.join(", ")}`] : [])].join("; "),
    })),
    ...reviews.map(({ atMs, regime }) => ({
      atMs,
      what: `review of ${regime} is due`,
      who: "",
      why: "its pack says so",
    })),
  ];
  return events.toSorted((left, right) => left.atMs - right.atMs);
}

const shownPlaces = 3;

function fewOf(places: readonly string[]): string {
  const shown = places.slice(0, shownPlaces).join(", ");
  return places.length > shownPlaces ? `${shown} and ${places.length - shownPlaces} more` : shown;
}

function formatCalendar(found: LawCalendar): string {
  const events = calendarEvents(found);
  if (events.length === 0) return "nothing changes by itself";
  return formatTable(
    ["DATE", "WHAT", "FOR", "WHY"],
    events.map(({ atMs, what, who, why }) => [dayOf(atMs), what, who, why]),
  );
}
