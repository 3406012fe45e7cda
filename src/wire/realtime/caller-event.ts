// An event of a caller's in a realtime session. INVARIANT: an event passes only if its type and each of its members are
// known here; `session`, `response` and `item` are looked into, and none of them has a name twice.
import { fail, ok, type Result } from "../../base/index.ts";
import { findExits } from "../exits.ts";
import { type JsonBounds, type JsonSpan, readJsonSpan, scanJsonObject } from "../json-members.ts";
import type { CallerEvent, Exit, ExitRule, RequestFault } from "../operation.ts";
import { fault, misspeltIn } from "../request-body.ts";
import { itemExits, sessionExits } from "./session-exits.ts";

/** The members of each type, beside `type` and `event_id`. */
const known: ReadonlyMap<string, readonly string[]> = new Map([
  ["session.update", ["session"]],
  ["input_audio_buffer.append", ["audio"]],
  ["input_audio_buffer.commit", []],
  ["input_audio_buffer.clear", []],
  ["output_audio_buffer.clear", []],
  ["conversation.item.create", ["previous_item_id", "item"]],
  ["conversation.item.retrieve", ["item_id"]],
  ["conversation.item.truncate", ["item_id", "content_index", "audio_end_ms"]],
  ["conversation.item.delete", ["item_id"]],
  ["response.create", ["response"]],
  ["response.cancel", ["response_id"]],
]);

/** Objects inside an event, whose members may be ways out. */
const inner: readonly string[] = ["session", "response", "item"];

/** As OpenAI bounds them; what is longer is told back to nobody. */
const maxIdLength = 512;

export interface About extends JsonBounds {
  readonly alias: string;
}

export function readCallerEvent(text: Uint8Array, about: About): CallerEvent {
  const scanned = scanJsonObject(text, about);
  if (!scanned.ok) return faulty(null, noObject("the event", scanned.error));
  const valueOf = (name: string): unknown => {
    const span = scanned.value.get(name);
    return span && readJsonSpan(text, span);
  };
  const id = idIn(valueOf("event_id"));
  const members = knownMembers(scanned.value, valueOf("type"));
  if (!members.ok) return faulty(id, members.error);
  const found = members.value.map((name) => lookInto(text, { name, span: scanned.value.get(name), about }));
  const wrong = found.find((each) => !each.ok);
  if (wrong && !wrong.ok) return faulty(id, wrong.error);
  const parts = found.flatMap((part) => (part.ok && part.value ? [part.value] : []));
  return {
    id,
    fault: null,
    exits: parts.flatMap(({ exits }) => exits),
    modelSpan: parts.find(({ modelSpan }) => modelSpan !== null)?.modelSpan ?? null,
    asksForResponse: valueOf("type") === "response.create",
  };
}

function faulty(id: string | null, found: RequestFault): CallerEvent {
  return { id, fault: found, exits: [], modelSpan: null, asksForResponse: false };
}

function idIn(value: unknown): string | null {
  return typeof value === "string" && value.length <= maxIdLength ? value : null;
}

/** Of the event's members those that are objects to be looked into. */
function knownMembers(
  spans: ReadonlyMap<string, JsonSpan>,
  type: unknown,
): Result<readonly string[], RequestFault> {
  const members = typeof type === "string" ? known.get(type) : undefined;
  if (members === undefined)
    return fail(
      fault("type", `must be one of ${Array.from(known.keys(), (name) => `\`${name}\``).join(", ")}`),
    );
  const allowed = ["type", "event_id", ...members];
  // A name that is not known is the caller's own text, and is not told back.
  for (const name of spans.keys())
    if (!allowed.includes(name))
      return fail({
        param: null,
        message: `an event of this type has ${listOf(allowed)}, and no other member`,
      });
  return ok(members.filter((name) => inner.includes(name) && spans.has(name)));
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

interface Part {
  readonly exits: readonly Exit[];
  readonly modelSpan: JsonSpan | null;
}

interface Member {
  readonly name: string;
  readonly span: JsonSpan | undefined;
  readonly about: About;
}

function lookInto(text: Uint8Array, { name, span, about }: Member): Result<Part | null, RequestFault> {
  if (!span) return ok(null);
  const bytes = text.subarray(span.start, span.end);
  const scanned = scanJsonObject(bytes, about);
  if (!scanned.ok) {
    const { offset, reason } = scanned.error;
    return fail(noObject(name, { offset: span.start + offset, reason }, name));
  }
  const spans = scanned.value;
  if (name === "item") {
    const value = readJsonSpan(text, span);
    return ok({ exits: findExits(itemExits, ["item"], () => value), modelSpan: null });
  }
  const model = modelIn(bytes, spans, { name, alias: about.alias });
  if (!model.ok) return model;
  return ok({
    exits: exitsIn(bytes, spans, name),
    modelSpan: model.value && {
      start: span.start + model.value.start,
      end: span.start + model.value.end,
    },
  });
}

function exitsIn(bytes: Uint8Array, spans: ReadonlyMap<string, JsonSpan>, name: string): readonly Exit[] {
  const rules: readonly ExitRule[] = sessionExits;
  const exits = findExits(rules, spans.keys(), (member) => {
    const span = spans.get(member);
    return span && readJsonSpan(bytes, span);
  });
  return exits.map((exit) => ({ ...exit, member: `${name}.${exit.member}` }));
}

/** It was decided on: it may be said again, and not be another one. */
function modelIn(
  bytes: Uint8Array,
  spans: ReadonlyMap<string, JsonSpan>,
  { name, alias }: { readonly name: string; readonly alias: string },
): Result<JsonSpan | null, RequestFault> {
  if (misspeltIn(spans.keys(), ["model"]) !== null)
    return fail(fault(`${name}.model`, "is written in other letters; write its name as it stands here"));
  const span = spans.get("model");
  if (!span) return ok(null);
  if (readJsonSpan(bytes, span) === alias) return ok(span);
  return fail(fault(`${name}.model`, "cannot be changed in a session; leave it out, or connect again"));
}

function noObject(
  what: string,
  { offset, reason }: { readonly offset: number; readonly reason: string },
  param: string | null = null,
): RequestFault {
  const subject = param === null ? what : `\`${what}\``;
  return { param, message: `${subject} is no JSON object that is read here: ${reason} (at byte ${offset})` };
}
