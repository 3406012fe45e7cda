// Everything that a log line can say. The table is the whole of it: types and the writer are both made from it, so
// that a field which could hold a prompt, an answer, a key or an error's message cannot be added by accident.
import type { CellId, EndpointId, ModelAlias, RegionName, RequestId } from "../base/index.ts";

/** What a field may hold; `?` after it means: or null. A list is the words themselves. */
interface FieldTypes {
  readonly number: number;
  readonly boolean: boolean;
  readonly cell: CellId;
  readonly endpoint: EndpointId;
  /** The name of the policy's, never a caller's text. */
  readonly model: ModelAlias;
  readonly request: RequestId;
  readonly region: RegionName;
  /** Lower-case hex, with or without `sha256:` before it. */
  readonly hash: string;
  /** A name of wire's table of operations, or `other`. */
  readonly operation: string;
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
  /** A policy that was taken up lets so many counters of people stand lower than before (docs/counters.md). */
  counters_fallen: { level: "warn", fields: { cell: "cell", counters: "number" } },
  /** The last good file of countries goes on. */
  countries_refused: { level: "error", fields: { cell: "cell", fault: ["unreadable", "damaged"] } },
  /** Certificates that SIGHUP found are none that a listener takes; those of before go on. */
  certificates_refused: { level: "error", fields: { cell: "cell" } },
  /** Keys of an identity provider are others than before. `keySet`: SHA-256 of issuer, a space and URL, as its file is named. */
  key_set_changed: { level: "info", fields: { cell: "cell", keySet: "hash" } },
  /** Those of before go on until they are too old: nobody answered whole and in time, or with what is no JWK set. */
  key_set_refused: {
    level: "warn",
    fields: { cell: "cell", keySet: "hash", fault: ["unreachable", "unusable"] },
  },
  /** What the replicas lend each other limits by. `refused`: another process has the name, or there are too many. */
  limit_store_changed: { level: "warn", fields: { cell: "cell", state: ["there", "gone", "refused"] } },
  cell_started: { level: "info", fields: { cell: "cell", port: "number", adminPort: "number" } },
  cell_draining: { level: "info", fields: { cell: "cell", inFlight: "number" } },
  cell_stopped: { level: "info", fields: { cell: "cell", uptimeMs: "number" } },
  request_finished: {
    level: "info",
    fields: {
      cell: "cell",
      request: "request",
      /** `other` stands for a path that is none of ours: paths are the caller's text. */
      route: "operation",
      status: "number",
      error: "errorType?",
      /** The word of the ledger's outcome; `refused` and `failed` also of a request without one. */
      result: ["complete", "refused", "failed", "interrupted", "aborted", "redecided", "unknown"],
      endpoint: "endpoint?",
      attempts: "number",
      /** Of the attempts, those beside another one that was slow to answer. */
      hedges: "number",
      /** `none`: the response cache was not asked. */
      cache: ["hit", "miss", "none"],
      isStream: "boolean",
      /** Whether the caller's connection took all of the answer. One that never reads does not. */
      isTaken: "boolean",
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
  circuit_changed: {
    level: "warn",
    fields: { cell: "cell", endpoint: "endpoint", model: "model", circuit: ["closed", "open", "half-open"] },
  },
  /** One endpoint did not answer, and why, as far as it is known; never in the engine's own words. */
  attempt_failed: {
    level: "warn",
    fields: {
      cell: "cell",
      request: "request",
      endpoint: "endpoint",
      model: "model",
      failure: [
        "status",
        "error",
        "garbage",
        "unreachable",
        "no_room",
        "headers_timeout",
        "stalled",
        "slow",
        "broken",
        "aborted",
        "silent",
        "first_token_late",
        "deadline",
        "evidence_elsewhere",
        "evidence_too_weak",
      ],
      cause: [
        "none",
        "name_unknown",
        "refused",
        "reset",
        "connect_timeout",
        "network",
        "certificate",
        "token_refused",
        "token_unreachable",
        "attestation_unheard",
        "attestation_unreadable",
        "attestation_chain",
        "attestation_signature",
        "attestation_endorsement",
        "attestation_relayed",
        "attestation_stale",
        "attestation_guest",
        "attestation_measurement",
        "attestation_tcb",
        "saturated",
        "law",
        "caller",
        "key",
        "credit",
        "model",
        "route",
        "region",
      ],
      status: "number?",
    },
  },
  /** The endpoint refuses us, whoever asks: a person must look at the key, the account, the model's name or the URL. */
  endpoint_refuses: {
    level: "error",
    fields: {
      cell: "cell",
      request: "request",
      endpoint: "endpoint",
      model: "model",
      reason: ["key", "credit", "model", "route", "region"],
      status: "number?",
    },
  },
  /** Over how many regions a provider says that a model spreads, when that is something else than before. */
  regions_heard: {
    level: "info",
    fields: {
      cell: "cell",
      endpoint: "endpoint",
      model: "model",
      regions: "number",
      /** Of them, outside of where the endpoint computes. */
      outside: "number",
      /** Places where the endpoint may compute, in which none of them lies. */
      unnamed: "number",
    },
  },
  /** One of those outside: the endpoint gets no more requests. */
  region_added: {
    level: "error",
    fields: {
      cell: "cell",
      endpoint: "endpoint",
      model: "model",
      region: "region",
      next: ["mend_places_then_release"],
    },
  },
  /** Nothing is known anew, for another reason than before: what the policy says stands. */
  regions_unheard: {
    level: "warn",
    fields: {
      cell: "cell",
      endpoint: "endpoint",
      model: "model",
      fault: ["refused", "unknown", "busy", "unreachable", "unusable"],
      next: [
        "allow_get_inference_profile",
        "compare_model_name",
        "wait",
        "open_control_host",
        "look_who_answers",
      ],
    },
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
        /** A model of an endpoint spreads over a region that is outside of where the policy says that it computes. */
        "region_added",
        "endpoint_refuses",
        /** An endpoint that has to show what it runs has shown something else, and got nothing. */
        "attestation_refused",
        "ledger_poisoned",
        /** Appends have no answer; callers get 503 until they have one. */
        "ledger_stalled",
        "sealing_stalled",
        /** The folder of legal events cannot be read. */
        "legal_events_unheard",
        "thread_lost",
        "keys_unavailable",
        /** Tokens of an identity provider are refused until its keys can be fetched. */
        "key_set_too_old",
        "records_unavailable",
        "files_unavailable",
        "worm_behind",
        "worm_halted",
        "witness_contradiction",
        "witness_quorum",
        "clock_disagrees",
      ],
    },
  },
  /** Another gateway thread serves in the place of one that was lost: what that had open has the outcome `unknown`. */
  thread_replaced: { level: "warn", fields: { cell: "cell", thread: "number" } },
  /** Whether the key service answers; keys in memory go on without it. */
  keys_changed: { level: "warn", fields: { cell: "cell", areAvailable: "boolean" } },
  /** How far the wall clock is from what steady clock, log and witnesses say; while `isHeld`, nothing irreversible is done. */
  clock_changed: {
    level: "warn",
    fields: { cell: "cell", reading: ["agreed", "ahead", "behind"], byMs: "number", isHeld: "boolean" },
  },
  /** Entries that the log dated by more than a second otherwise than the thread that made them. */
  dates_corrected: { level: "warn", fields: { cell: "cell", count: "number" } },
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
  /** As a witness, the cell was shown that a log signed two trees of one size. `log`: SHA-256 of its origin. */
  log_contradicted: {
    level: "error",
    fields: {
      cell: "cell",
      log: "hash",
      size: "number",
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

/** How one call to an endpoint failed, and why. */
export type AttemptFailed = Extract<LogEvent, { readonly event: "attempt_failed" }>;

/** Level and fields of an event, in the order in which they are written. */
export function shapeOf(event: LogEvent): EventShape {
  return shapes[event.event];
}

/** A condition that a person must look at: each is counted, and is a line of the log. */
export type Alarm = Extract<LogEvent, { readonly event: "alarm" }>["alarm"];

export const alarms: readonly Alarm[] = shapes.alarm.fields.alarm;

/** What a person does about what a provider says, or does not say, of its regions. */
export type RegionStep = Extract<LogEvent, { readonly event: "region_added" | "regions_unheard" }>["next"];
