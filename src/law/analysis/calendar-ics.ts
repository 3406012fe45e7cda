// The calendar as iCalendar (RFC 5545), for whoever has to act before the day comes.
import { dayMs, encodeUtf8, formatInstant, type InstantMs } from "../../base/index.ts";
import type { LawCalendar, LawChange, ReviewDue } from "./calendar.ts";

export interface CalendarIdentity {
  /** Makes UIDs the deployment's own (RFC 7986 §5.3): `acme.example`. */
  readonly deployment: string;
  /** When the calendar was made (DTSTAMP, §3.8.7.2). */
  readonly stampMs: InstantMs;
}

interface Entry {
  readonly atMs: InstantMs;
  readonly slug: string;
  readonly summary: string;
  readonly description: string;
}

/** The same calendar has the same UIDs whenever it is made, so an import updates instead of doubling. */
export function formatCalendarICS({ changes, reviews }: LawCalendar, identity: CalendarIdentity): string {
  const entries = [...changes.map(changeEntry), ...reviews.map(reviewEntry)];
  const seen = new Map<string, number>();
  const events = entries.flatMap((entry) => {
    const name = `${utcOf(entry.atMs)}-${entry.slug}`;
    const ordinal = (seen.get(name) ?? 0) + 1;
    seen.set(name, ordinal);
    return eventLines(entry, `${name}-${ordinal}@${identity.deployment}`, identity.stampMs);
  });
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bailiwick//Law calendar//EN"];
  return [...head, ...events, "END:VCALENDAR"].map((line) => `${fold(line)}\r\n`).join("");
}

function changeEntry({ atMs, effect, tenants, places, endpoints, rules, causes }: LawChange): Entry {
  const verb = effect === "stops-being-lawful" ? "stop" : "start";
  const [first] = endpoints;
  const who = endpoints.length === 1 ? `${first} ${verb}s` : `${endpoints.length} endpoints ${verb}`;
  const description = [
    `Endpoints: ${endpoints.join(", ")}`,
    `Tenants: ${tenants.join(", ")}`,
    `Rules: ${rules.join(", ") || "none"}`,
    ...(places === null ? [] : [`Only with a claim of: ${places.join(", ")}`]),
  ];
  return {
    atMs,
    slug: slugOf(`${verb} ${causes.join(" ")}`),
    summary: `${who} being lawful: ${causes.join("; ")}`,
    description: description.join("\n"),
  };
}

function reviewEntry({ atMs, regime }: ReviewDue): Entry {
  return {
    atMs,
    slug: slugOf(`review ${regime}`),
    summary: `Review pack ${regime}`,
    description: `The pack ${regime} asks to be read again against its sources by this day.`,
  };
}

function eventLines(
  { atMs, summary, description }: Entry,
  uid: string,
  stampMs: InstantMs,
): readonly string[] {
  const isDay = atMs % dayMs === 0;
  return [
    "BEGIN:VEVENT",
    `UID:${uid}`,
    `DTSTAMP:${utcOf(stampMs)}`,
    isDay ? `DTSTART;VALUE=DATE:${utcOf(atMs).slice(0, 8)}` : `DTSTART:${utcOf(atMs)}`,
    `SUMMARY:${escapeText(summary)}`,
    `DESCRIPTION:${escapeText(description)}`,
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ];
}

/** §3.3.5, form 2: `20270513T000000Z`. */
function utcOf(instantMs: InstantMs): string {
  return formatInstant(instantMs)
    .replace(/\.\d{3}/, "")
    .replaceAll(/[-:]/g, "");
}

/** §3.3.11. */
function escapeText(text: string): string {
  return text.replaceAll(/[\\;,]/g, "\\$&").replaceAll("\n", "\\n");
}

/** §3.1: at most 75 octets a line, and no character cut in two. */
function fold(line: string): string {
  const lines: string[] = [];
  let [current, length] = ["", 0];
  for (const character of line) {
    const octets = encodeUtf8(character).length;
    if (length + octets > 75) {
      lines.push(current);
      [current, length] = [" ", 1];
    }
    current += character;
    length += octets;
  }
  return [...lines, current].join("\r\n");
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
