// Everything that a log line can say. The table is the whole of it: types and the writer are both made from it, so
// that a field which could hold a prompt, an answer, a key or an error's message cannot be added by accident.
import type { CellId, EndpointId, RequestId } from "../base/index.ts";

/** What a field may hold; `?` after it means: or null. A list is the words themselves. */
interface FieldTypes {
  readonly number: number;
  readonly boolean: boolean;
  readonly cell: CellId;
  readonly endpoint: EndpointId;
  readonly request: RequestId;
  /** Lower-case hex, with or without `sha256:` before it. */
  readonly hash: string;
  /** A member of wire's closed union, which this room does not import. */
  readonly errorType: `${"policy" | "caller" | "provider" | "gateway"}_${string}`;
  /** Anything thrown. Its class and its place in our sources are written, nothing else of it. */
  readonly thrown: unknown;
}

export type NamedKind = keyof FieldTypes;
export type FieldKind = NamedKind | `${NamedKind}?` | readonly string[];

type LogLevel = "info" | "warn" | "error";

interface EventShape {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

const shapes = {
  policy_loaded: { level: "info", fields: { cell: "cell", policy: "hash" } },
  /** The last good policy stays in force. What is wrong with the file, `bailiwick check` says. */
  policy_refused: { level: "error", fields: { cell: "cell", refusal: ["unusable", "restart_needed"] } },
  cell_started: { level: "info", fields: { cell: "cell", port: "number", adminPort: "number" } },
  cell_draining: { level: "info", fields: { cell: "cell", inFlight: "number" } },
  cell_stopped: { level: "info", fields: { cell: "cell", uptimeMs: "number" } },
  request_finished: {
    level: "info",
    fields: {
      cell: "cell",
      request: "request",
      /** `other` stands for a path that is none of ours: paths are the caller's text. */
      route: ["chat_completions", "models", "other"],
      status: "number",
      error: "errorType?",
      endpoint: "endpoint?",
      attempts: "number",
      isStream: "boolean",
      firstByteMs: "number?",
      durationMs: "number",
    },
  },
  /** Somebody used the admin API: what was done to whom is in the ledger. */
  admin_request: { level: "info", fields: { cell: "cell", request: "request", status: "number" } },
  endpoint_health_changed: {
    level: "warn",
    fields: { cell: "cell", endpoint: "endpoint", health: ["closed", "open", "half-open", "quarantined"] },
  },
  /** Evidence named a place outside the permit. `entry` is its index in the ledger. */
  violation: {
    level: "error",
    fields: {
      cell: "cell",
      request: "request",
      endpoint: "endpoint",
      evidence: ["E0", "E1", "E2", "E3", "E4"],
      entry: "number",
    },
  },
  alarm: {
    level: "error",
    fields: {
      cell: "cell",
      alarm: [
        "region_unavailable",
        "violation",
        "ledger_poisoned",
        "keys_unavailable",
        "records_unavailable",
        "worm_behind",
        "worm_halted",
        "witness_contradiction",
        "witness_quorum",
      ],
    },
  },
  /** Whether the key service answers; keys in memory go on without it. */
  keys_changed: { level: "warn", fields: { cell: "cell", areAvailable: "boolean" } },
  /** Content records whose time was over. */
  records_deleted: { level: "info", fields: { cell: "cell", count: "number" } },
  /** A signed legal event; `entry` is its index in the ledger. */
  legal_event_accepted: {
    level: "warn",
    fields: { cell: "cell", act: ["suspend", "lift"], entry: "number" },
  },
  legal_event_refused: {
    level: "error",
    fields: {
      cell: "cell",
      refusal: ["unreadable", "malformed", "unsigned", "foreign", "replayed", "stale"],
    },
  },
  /** As a witness, the cell was shown a log that contradicts what it cosigned. `log`: SHA-256 of its origin. */
  log_contradicted: {
    level: "error",
    fields: {
      cell: "cell",
      log: "hash",
      act: ["fork", "rollback"],
      knownSize: "number",
      shownSize: "number",
    },
  },
  ledger_poisoned: { level: "error", fields: { cell: "cell" } },
  internal_error: { level: "error", fields: { cell: "cell", request: "request?", thrown: "thrown" } },
} as const;

type Shapes = typeof shapes;

type Held<Kind> = Kind extends readonly (infer Word)[]
  ? Word
  : Kind extends NamedKind
    ? FieldTypes[Kind]
    : Kind extends `${infer Base extends NamedKind}?`
      ? FieldTypes[Base] | null
      : never;

/** One thing that happened, by name in `event`. */
export type LogEvent = {
  [Name in keyof Shapes]: { readonly event: Name } & {
    readonly [Field in keyof Shapes[Name]["fields"]]: Held<Shapes[Name]["fields"][Field]>;
  };
}[keyof Shapes];

/** Level and fields of an event, in the order in which they are written. */
export function shapeOf(event: LogEvent): EventShape {
  return shapes[event.event];
}
