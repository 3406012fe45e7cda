// RFC 5545: one all-day event for each change. Lines end in CRLF and are folded at 75 bytes (§3.1).
import { encodeUtf8, formatInstant, type InstantMs, toHex } from "../base/index.ts";
import { sha256 } from "../keys/index.ts";

export interface CalendarEvent {
  readonly atMs: InstantMs;
  readonly what: string;
  readonly who: string;
  readonly why: string;
}

export function formatICalendar(
  events: readonly CalendarEvent[],
  deployment: string,
  stampMs: InstantMs,
): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//bailiwick//law calendar//EN",
    ...events.flatMap((event) => eventLines(event, deployment, stampMs)),
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join("");
}

/** Its identity is what it says: a calendar that is read again updates its events and adds none. */
function eventLines(event: CalendarEvent, deployment: string, stampMs: InstantMs): readonly string[] {
  const { atMs, what, who, why } = event;
  const identity = toHex(sha256(encodeUtf8(JSON.stringify([atMs, what, who])))).slice(0, 32);
  return [
    "BEGIN:VEVENT",
    `UID:${identity}@${deployment}`,
    `DTSTAMP:${formatInstant(stampMs).replaceAll(/[-:]|\.\d+/g, "")}`,
    `DTSTART;VALUE=DATE:${formatInstant(atMs).slice(0, "yyyy-mm-dd".length).replaceAll("-", "")}`,
    `SUMMARY:${escape(who === "" ? what : `${what} (${who})`)}`,
    `DESCRIPTION:${escape(why)}`,
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ];
}

/** §3.3.11. */
function escape(text: string): string {
  return text.replaceAll(/[\\;,]/g, (found) => `\\${found}`).replaceAll("\n", "\\n");
}

const maxLineBytes = 75;

function fold(line: string): string {
  const parts: string[] = [];
  let part = "";
  for (const character of line) {
    if (encodeUtf8(part + character).length > maxLineBytes) {
      parts.push(part);
      // What follows a fold begins with a blank, which counts.
      part = " ";
    }
    part += character;
  }
  return [...parts, part].join("\r\n");
}
