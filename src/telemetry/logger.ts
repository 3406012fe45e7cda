// Log lines that cannot hold content: JSON, one event a line, every field checked against its kind as it is written.
import { formatInstant, type InstantMs, type WallClock } from "../base/index.ts";
import { type FieldKind, type LogEvent, type NamedKind, shapeOf } from "./log-event.ts";
import { describeThrown } from "./thrown.ts";

export type Logger = (event: LogEvent) => void;

/** `write` gets whole lines with their line break. */
export function createLogger(write: (line: string) => void, now: WallClock): Logger {
  const writers = new Map<LogEvent["event"], LineWriter>();
  return (event) => {
    const format = writers.get(event.event) ?? lineWriter(event);
    writers.set(event.event, format);
    write(format(event, now()));
  };
}

type LineWriter = (event: LogEvent, nowMs: InstantMs) => string;

/** One for each kind of event, with everything that is the same in all of its lines. */
function lineWriter(first: LogEvent): LineWriter {
  const { level, fields } = shapeOf(first);
  const head = `","level":${JSON.stringify(level)},"event":${JSON.stringify(first.event)}`;
  const members = Object.entries(fields).map(([name, kind]) => ({
    name,
    label: `,${JSON.stringify(name)}:`,
    check: checkOf(kind),
  }));
  return (given, nowMs) => {
    const values: Readonly<Record<string, unknown>> = given;
    let text = `{"time":"${formatInstant(nowMs)}${head}`;
    for (const { name, label, check } of members) text += label + JSON.stringify(check(values[name]) ?? null);
    return `${text}}\n`;
  };
}

/**
 * The value if it is what its kind allows, else null. Types say the same, but a brand can be asserted and a value
 * can come from a caller; a log line that lacks a field is better than one that leaks.
 */
function checkOf(kind: FieldKind): (value: unknown) => unknown {
  if (typeof kind !== "string") return (value) => kind.find((word) => word === value);
  return checks[kind.replace("?", "") as NamedKind];
}

// What config takes for a name, and a little more.
const policyId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

// What config takes for an alias.
const modelAlias = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/;

const checks: Readonly<Record<NamedKind, (value: unknown) => unknown>> = {
  number: (value) => (Number.isFinite(value) ? value : null),
  boolean: (value) => (typeof value === "boolean" ? value : null),
  cell: textMatching(policyId),
  endpoint: textMatching(policyId),
  model: textMatching(modelAlias),
  request: textMatching(/^[0-9a-f]{32}$/),
  region: textMatching(/^[a-z0-9-]{1,32}$/),
  hash: textMatching(/^(?:sha256:)?[0-9a-f]{64}$/),
  operation: textMatching(/^[a-z_]{1,40}$/),
  errorType: textMatching(/^(?:policy|caller|provider|gateway)_[a-z_]{1,40}$/),
  thrown: describeThrown,
};

function textMatching(grammar: RegExp): (value: unknown) => string | null {
  return (value) => (typeof value === "string" && grammar.test(value) ? value : null);
}
