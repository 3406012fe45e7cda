// The text that is signed for a legal event: seven lines, each of which can be read aloud to the person who signs.
//
//   bailiwick legal event 1
//   deployment acme.example
//   id stop-pacific-2026-11
//   suspend operator pacific-cloud        (or: lift stop-pacific-2026-11)
//   reason injunction
//   from 2026-11-20T12:00:00.000Z
//   until 2027-01-01T00:00:00.000Z        (or: until lifted; of a lift: until further notice)
import {
  fail,
  formatInstant,
  type InstantMs,
  ok,
  parseInstant,
  parsePlace,
  type Result,
} from "../../base/index.ts";
import {
  type LegalEvent,
  type LegalTarget,
  legalTargetKinds,
  liftReasons,
  suspensionReasons,
} from "./legal-event.ts";
import type { Validity } from "./regime.ts";

/** An event is of one deployment: what was signed for another has no force here. */
export interface LegalEventText {
  readonly deployment: string;
  readonly event: LegalEvent;
}

const firstLine = "bailiwick legal event 1";
const openEnd = { suspend: "lifted", lift: "further notice" } as const;

/** Each line ends with a newline. */
export function formatLegalEvent({ deployment, event }: LegalEventText): string {
  const { id, reason, validity } = event;
  const act =
    event.act === "lift" ? `lift ${event.lifts}` : `suspend ${event.target.kind} ${event.target.name}`;
  const until = validity.untilMs === null ? openEnd[event.act] : formatInstant(validity.untilMs);
  const from = formatInstant(validity.fromMs ?? 0);
  const lines = [
    `deployment ${deployment}`,
    `id ${id}`,
    act,
    `reason ${reason}`,
    `from ${from}`,
    `until ${until}`,
  ];
  return [firstLine, ...lines, ""].join("\n");
}

/** Only what {@link formatLegalEvent} writes is an event: one text has one meaning. */
export function parseLegalEvent(text: string): Result<LegalEventText, string> {
  const [first, ...lines] = text.split("\n");
  if (first !== firstLine || lines.length !== 7 || lines[6] !== "") {
    return fail(`an event is seven lines, the first of them \`${firstLine}\``);
  }
  const [deployment = "", id = "", act = "", reason = "", from = "", until = ""] = lines;
  const event = readEvent({ id: after("id ", id), act, reason: after("reason ", reason) }, { from, until });
  if (event === null) return fail("a line of the event is not as it must be");
  const parsed = { deployment: after("deployment ", deployment), event };
  return formatLegalEvent(parsed) === text ? ok(parsed) : fail("the event is not written as it must be");
}

/** An id is a word that an entry of the ledger can hold. */
export function isEventId(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,63}$/.test(text);
}

interface EventLines {
  readonly id: string;
  readonly act: string;
  readonly reason: string;
}

function readEvent({ id, act, reason }: EventLines, period: PeriodLines): LegalEvent | null {
  const lifts = after("lift ", act);
  const target = readTarget(after("suspend ", act));
  const validity = readValidity(period, target === null ? openEnd.lift : openEnd.suspend);
  if (!isEventId(id) || validity === null) return null;
  if (target !== null) {
    const known = suspensionReasons.find((each) => each === reason);
    return known === undefined ? null : { act: "suspend", id, target, reason: known, validity };
  }
  const known = liftReasons.find((each) => each === reason);
  return known === undefined || !isEventId(lifts)
    ? null
    : { act: "lift", id, lifts, reason: known, validity };
}

function readTarget(text: string): LegalTarget | null {
  const kind = legalTargetKinds.find((each) => text.startsWith(`${each} `));
  if (kind === undefined) return null;
  const name = after(`${kind} `, text);
  if (kind === "region") return parsePlace(name).ok ? { kind, name } : null;
  return /^(?! )[\p{L}\p{N}\p{P}\p{S} ]{1,400}(?<! )$/u.test(name) ? { kind, name } : null;
}

interface PeriodLines {
  readonly from: string;
  readonly until: string;
}

function readValidity({ from, until }: PeriodLines, noEnd: string): Validity | null {
  const fromMs = readInstant(after("from ", from));
  const untilMs = after("until ", until) === noEnd ? null : readInstant(after("until ", until));
  if (fromMs === null || (untilMs === null && after("until ", until) !== noEnd)) return null;
  return untilMs !== null && untilMs <= fromMs ? null : { fromMs, untilMs };
}

function readInstant(text: string): InstantMs | null {
  const parsed = parseInstant(text);
  // Earlier than the epoch, an entry of the ledger could not say it.
  return parsed.ok && parsed.value >= 0 ? parsed.value : null;
}

/** What follows the word; empty where the line does not begin with it. */
function after(word: string, line: string): string {
  return line.startsWith(word) ? line.slice(word.length) : "";
}
