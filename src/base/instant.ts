import type { InstantMs } from "./clock.ts";
import { fail, ok, type Result } from "./result.ts";

/** A day of UTC, which knows no summer time and no leap second. */
export const dayMs: number = 24 * 60 * 60 * 1000;

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const instantPattern =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `2027-05-13` (midnight UTC) or an RFC 3339 instant with an explicit offset, down to the millisecond. A local time without an offset
 * is refused: a rule of law that starts at a moment nobody can name cannot be checked.
 */
export function parseInstant(text: string): Result<InstantMs, string> {
  const day = parseDay(text);
  if (day !== null) return ok(day);
  const match = instantPattern.exec(text);
  if (!match) {
    return fail(
      `\`${text}\` is not a date (2027-05-13) or an instant with an offset (2027-05-13T00:00:00+02:00)`,
    );
  }
  const [, date = "", hour, minute, second = "0", fraction = "", zone = "Z"] = match;
  const midnight = parseDay(date);
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  const aheadMs = offsetMs(zone);
  if (midnight === null || aheadMs === null || hours > 23 || minutes > 59 || seconds > 59) {
    return fail(`\`${text}\` names no moment that exists`);
  }
  const secondsOfDay = (hours * 60 + minutes) * 60 + seconds;
  return ok(midnight + secondsOfDay * 1000 + Number(fraction.padEnd(3, "0")) - aheadMs);
}

/** The last moment that ECMAScript has a date for. */
export const lastInstantMs = 8_640_000_000_000_000;

/** `2027-05-13T00:00:00.000Z`. A log may hold any number, and its readers must not fall over it: later moments are told as the last one. */
export function formatInstant(instantMs: InstantMs): string {
  return new Date(Math.min(instantMs, lastInstantMs)).toISOString();
}

/** `2027-05-13`, the day in UTC. */
export function formatDay(instantMs: InstantMs): string {
  return formatInstant(instantMs).slice(0, "yyyy-mm-dd".length);
}

/** `2027-05`, the month in UTC. */
export function formatMonth(instantMs: InstantMs): string {
  return formatInstant(instantMs).slice(0, "yyyy-mm".length);
}

function parseDay(text: string): InstantMs | null {
  const match = dayPattern.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const instantMs = Date.UTC(year, month - 1, day);
  // Date.UTC rolls 31 April over to 1 May; such a date is a mistake of its author, not a date.
  return formatInstant(instantMs).startsWith(text) ? instantMs : null;
}

/** How far the zone's clocks are ahead of UTC, or null for an offset that RFC 3339 §5.6 does not allow. */
function offsetMs(zone: string): number | null {
  if (zone === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  return hours > 23 || minutes > 59 ? null : sign * (hours * 60 + minutes) * 60_000;
}
