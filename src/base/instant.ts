import { fail, ok, type Result } from "./result.ts";

/** Milliseconds since 1970-01-01T00:00:00Z, as an argument: pure rooms have no clock. */
export type InstantMs = number;

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const instantPattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `2027-05-13` (midnight UTC) or an RFC 3339 instant with an explicit offset. A local time without an offset
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
  const [, date = "", hour, minute, second = "0", zone = "Z"] = match;
  const midnight = parseDay(date);
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  if (midnight === null || hours > 23 || minutes > 59 || seconds > 59) {
    return fail(`\`${text}\` names no moment that exists`);
  }
  return ok(midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000 - offsetMs(zone));
}

/** `2027-05-13T00:00:00.000Z`. */
export function formatInstant(instantMs: InstantMs): string {
  return new Date(instantMs).toISOString();
}

function parseDay(text: string): InstantMs | null {
  const match = dayPattern.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const instantMs = Date.UTC(year, month - 1, day);
  // Date.UTC rolls 31 April over to 1 May; such a date is a mistake of its author, not a date.
  return formatInstant(instantMs).startsWith(text) ? instantMs : null;
}

function offsetMs(zone: string): number {
  if (zone === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000;
}
