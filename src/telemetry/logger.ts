// Log lines that cannot hold content: JSON, one event a line, every field checked against its kind as it is written.
import { formatInstant, type InstantMs } from "../base/index.ts";
import { type FieldKind, type LogEvent, type NamedKind, shapeOf } from "./log-event.ts";
import { describeThrown } from "./thrown.ts";

export type Logger = (event: LogEvent) => void;

/** `write` gets whole lines with their line break; `now` is in milliseconds since the epoch. */
export function createLogger(write: (line: string) => void, now: () => InstantMs): Logger {
  return (event) => {
    const { level, fields } = shapeOf(event);
    const values: Readonly<Record<string, unknown>> = event;
    const written = Object.entries(fields).map(([name, kind]) => [name, checked(kind, values[name])]);
    const line = { time: formatInstant(now()), level, event: event.event, ...Object.fromEntries(written) };
    write(`${JSON.stringify(line)}\n`);
  };
}

/**
 * The value if it is what its kind allows, else null. Types say the same, but a brand can be asserted and a value
 * can come from a caller; a log line that lacks a field is better than one that leaks.
 */
function checked(kind: FieldKind, value: unknown): unknown {
  if (typeof kind !== "string") return kind.find((word) => word === value) ?? null;
  return checks[kind.replace("?", "") as NamedKind](value);
}

// What config takes for a name, and a little more.
const policyId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const checks: Readonly<Record<NamedKind, (value: unknown) => unknown>> = {
  number: (value) => (Number.isFinite(value) ? value : null),
  boolean: (value) => (typeof value === "boolean" ? value : null),
  cell: textMatching(policyId),
  endpoint: textMatching(policyId),
  request: textMatching(/^[0-9a-f]{32}$/),
  hash: textMatching(/^(?:sha256:)?[0-9a-f]{64}$/),
  errorType: textMatching(/^(?:policy|caller|provider|gateway)_[a-z_]{1,40}$/),
  thrown: describeThrown,
};

function textMatching(grammar: RegExp): (value: unknown) => string | null {
  return (value) => (typeof value === "string" && grammar.test(value) ? value : null);
}
