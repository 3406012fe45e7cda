// What becomes of a caller's event in a realtime session, read off the parsed text, one question after the other.
import { membersOf } from "./json-oracle.ts";

export type Verdict = "not understood" | "leaves" | "passes";

const bounds = { maxValues: 200_000, maxNames: 4_096 };

const membersByType: Readonly<Record<string, readonly string[]>> = {
  "session.update": ["session"],
  "response.create": ["response"],
  "response.cancel": ["response_id"],
  "conversation.item.create": ["previous_item_id", "item"],
  "input_audio_buffer.append": ["audio"],
};

/** Any value of which leaves, but null and, of the first two, false. */
const leaving = ["store", "provider", "prompt", "tracing"];

const fold = (name: string): string => name.toUpperCase().toLowerCase();

export function verdictOn(input: Uint8Array, alias: string): Verdict {
  const event = objectIn(input);
  if (event === null) return "not understood";
  const { type } = event;
  const own = typeof type === "string" && Object.hasOwn(membersByType, type) ? membersByType[type] : null;
  if (!own) return "not understood";
  if (Object.keys(event).some((name) => !["type", "event_id", ...own].includes(name)))
    return "not understood";
  const inside = own.find((name) => name in event && ["session", "response", "item"].includes(name));
  if (inside === undefined) return "passes";
  const value = event[inside];
  if (objectIn(textOf(input, inside)) === null) return "not understood";
  if (inside === "item") return itemLeaves(value) ? "leaves" : "passes";
  const members = Object.entries(value as object);
  if (members.some(([name, model]) => fold(name) === "model" && (name !== "model" || model !== alias)))
    return "not understood";
  return members.some(([name, member]) => memberLeaves(fold(name), member)) ? "leaves" : "passes";
}

/** The event with the model's name as the engine knows it. */
export function renamedBy(input: Uint8Array, model: string): unknown {
  const event = JSON.parse(new TextDecoder().decode(input)) as Record<string, unknown>;
  for (const name of ["session", "response"]) {
    const inside = event[name] as Record<string, unknown> | undefined;
    if (inside && "model" in inside) inside["model"] = model;
  }
  return event;
}

/** Null where it is none, or has a name twice. */
function objectIn(input: Uint8Array): Readonly<Record<string, unknown>> | null {
  if ("refused" in membersOf(input, bounds)) return null;
  return JSON.parse(new TextDecoder().decode(input)) as Readonly<Record<string, unknown>>;
}

function textOf(input: Uint8Array, name: string): Uint8Array {
  const found = membersOf(input, bounds);
  const member = "members" in found ? found.members.find((each) => each.name === name) : undefined;
  return input.subarray(member?.start, member?.end);
}

function memberLeaves(name: string, value: unknown): boolean {
  if (leaving.includes(name)) return value !== null && value !== false;
  if (name === "conversation") return value !== null && value !== "auto" && value !== "none";
  if (name === "input") return itemLeaves(value);
  if (name === "tools" && value !== null)
    return (
      !Array.isArray(value) ||
      value.some((tool) => !typesOf(tool).every(isFunction) || typesOf(tool).length === 0)
    );
  if (name !== "audio") return false;
  return namedIn(value, "input").some((input) =>
    namedIn(input, "transcription").some((transcription) => transcription !== null),
  );
}

const isFunction = (type: unknown): boolean => type === "function";

function typesOf(value: unknown): readonly unknown[] {
  return namedIn(value, "type");
}

function namedIn(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (fold(key) === name ? [inner] : []));
}

/** Items and parts as they are made here: lists, `content`, `output`. */
function itemLeaves(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(itemLeaves);
  if (typesOf(value).some((type) => type === "item_reference")) return true;
  if (typesOf(value).some((type) => String(type).toLowerCase().startsWith("mcp"))) return true;
  const addresses = namedIn(value, "image_url").flatMap((address) => [address, ...namedIn(address, "url")]);
  if (addresses.some(isElsewhere)) return true;
  if (namedIn(value, "file_id").some((id) => id !== null)) return true;
  return ["content", "output"].some((name) => namedIn(value, name).some(itemLeaves));
}

/** Neither a data URL nor base64: no letter of any other address is missing here. */
function isElsewhere(address: unknown): boolean {
  if (typeof address !== "string" || address.slice(0, 5).toLowerCase() === "data:") return false;
  return address
    .split("")
    .some((character) => !/[A-Za-z0-9+/=_-]/.test(character) && character.trim() !== "");
}
