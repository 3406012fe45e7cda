// Readers of command-line values. Each says as its error what would have been right.
import { InvalidArgumentError, Option } from "commander";
import { type InstantMs, parseInstant, parsePlace, type Place } from "../../base/index.ts";

export function parsePlaces(text: string, previous: readonly Place[]): readonly Place[] {
  const place = parsePlace(text);
  if (!place.ok) throw new InvalidArgumentError(place.error);
  return [...previous, place.value];
}

export function parseAt(text: string): InstantMs {
  const instant = parseInstant(text);
  if (!instant.ok) throw new InvalidArgumentError(instant.error);
  return instant.value;
}

/** Reads an option that may be repeated and takes one of `words`. */
export function parseWord<Word extends string>(
  words: readonly Word[],
): (text: string, previous: readonly Word[]) => readonly Word[] {
  return (text, previous) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new InvalidArgumentError(`expected one of ${words.join(", ")}`);
    return [...previous, found];
  };
}

/** Gathers an option that may be repeated and takes any text. */
export function collect(text: string, previous: readonly string[]): readonly string[] {
  return [...previous, text];
}

export function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("expected a whole number");
  return Number(text);
}

/** How long from an instant, in whole calendar steps: `P24M`, `P2Y`, `P90D` (ISO 8601). */
export interface Horizon {
  readonly years: number;
  readonly months: number;
  readonly days: number;
}

/** Two years, and help says so as it is typed. */
export function horizonOption(): Option {
  const usual = "P24M";
  return new Option("--horizon <period>", "how far ahead: P24M, P2Y, P90D")
    .argParser(parseHorizon)
    .default(parseHorizon(usual), usual);
}

function parseHorizon(text: string): Horizon {
  const match = /^P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,5})D)?$/.exec(text);
  if (!match || text === "P") {
    throw new InvalidArgumentError("expected a period such as P24M, P2Y or P90D");
  }
  const [, years = "0", months = "0", days = "0"] = match;
  return { years: Number(years), months: Number(months), days: Number(days) };
}

export function endOf({ years, months, days }: Horizon, fromMs: InstantMs): InstantMs {
  const end = new Date(fromMs);
  end.setUTCFullYear(end.getUTCFullYear() + years, end.getUTCMonth() + months, end.getUTCDate() + days);
  return end.getTime();
}
