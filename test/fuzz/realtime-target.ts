// Events of realtime sessions: what passes to an engine is understood whole and stays inside the permit, whatever the text is.
import { isDeepStrictEqual } from "node:util";
import { edited, engineOperations } from "../../src/wire/index.ts";
import type { Random } from "./random.ts";
import { renamedBy, verdictOn } from "./realtime-oracle.ts";
import { damaged, type Target, type Tried } from "./target.ts";

export const realtimeTarget: Target = { name: "websocket", tryOne };

const alias = "voice";
const about = { alias, maxValues: 200_000, maxNames: 4_096 };

function tryOne(random: Random): Tried {
  const operation = engineOperations.find(({ body }) => body === "events");
  if (operation?.body !== "events") throw new TypeError("there is no operation of sessions");
  const whole = new TextEncoder().encode(eventText(random));
  const input = random.chance(0.25) ? damaged(whole, random) : whole;
  const { fault, exits, modelSpan } = operation.readCallerEvent(input, about);
  const seen = fault ? "not understood" : exits.length > 0 ? "leaves" : "passes";
  const expected = verdictOn(input, alias);
  if (seen !== expected) return { difference: JSON.stringify({ seen, expected, fault }), input };
  if (seen !== "passes") return { kind: seen };
  const edits = modelSpan ? [{ span: modelSpan, text: '"engine"' }] : [];
  const sent = JSON.parse(Buffer.concat(edited(input, edits)).toString()) as unknown;
  if (isDeepStrictEqual(sent, renamedBy(input, "engine"))) return { kind: modelSpan ? "renamed" : seen };
  return { difference: JSON.stringify({ sent }), input };
}

const types = ["session.update", "session.update", "response.create", "conversation.item.create"];
const otherTypes = ["input_audio_buffer.append", "response.cancel", "session.close", "Session.update", ""];

function eventText(random: Random): string {
  const type = random.chance(0.85) ? random.pick(types) : random.pick(otherTypes);
  const inside = { "session.update": "session", "response.create": "response" }[type] ?? "item";
  const members = [`"type":${JSON.stringify(type)}`];
  if (random.chance(0.9)) members.push(`${nameText(inside, random)}:${insideText(random, inside)}`);
  if (random.chance(0.3)) members.push('"event_id":"e"');
  if (random.chance(0.05))
    members.push(random.pick(['"store":true', '"audio":""', '"type":"session.update"', "x"]));
  if (random.chance(0.3)) members.reverse();
  const space = random.pick(["", "", " ", "\n"]);
  return `{${space}${members.join(`${space},`)}${space}}`;
}

function insideText(random: Random, inside: string): string {
  if (random.chance(0.04)) return random.pick(["[]", "null", '"x"', "7"]);
  if (inside === "item") return itemText(random, 2);
  return objectText(random, {
    model: () => random.pick(['"voice"', '"voice"', '"v\\u006fice"', '"other"', "null"]),
    instructions: () => '"Be brief."',
    tools: () => random.pick(["null", "[]", "{}", `[${toolText(random)},${toolText(random)}]`]),
    store: () => random.pick(["true", "false", "null", "{}"]),
    provider: () => random.pick(["null", "{}"]),
    prompt: () => random.pick(["null", '{"id":"p"}']),
    tracing: () => random.pick(["null", '"auto"', "{}"]),
    conversation: () => random.pick(['"auto"', '"none"', '"c"', "null"]),
    input: () => `[${itemText(random, 1)}]`,
    audio: () =>
      objectText(random, {
        input: () => objectText(random, { transcription: () => random.pick(["null", "{}"]) }),
      }),
    speed: () => "1.0",
  });
}

function toolText(random: Random): string {
  return objectText(random, {
    type: () => random.pick(['"function"', '"function"', '"mcp"', "null"]),
    name: () => '"f"',
  });
}

function itemText(random: Random, depth: number): string {
  return objectText(random, {
    type: () => random.pick(['"message"', '"item_reference"', '"mcp_approval_response"', '"input_image"']),
    image_url: () =>
      random.pick(['"data:image/png;base64,AA=="', '"https://a.example/b"', "null", '{"url":"x://y"}']),
    file_id: () => random.pick(["null", '"f-1"']),
    content: () => (depth > 0 ? `[${itemText(random, depth - 1)}]` : "[]"),
    text: () => '"https://a.example/b"',
  });
}

/** Some of the members, in any order; now and then one twice, or in other letters. */
function objectText(random: Random, members: Readonly<Record<string, () => string>>): string {
  const names = random.some(3, () => random.pick(Object.keys(members)));
  const seen = random.chance(0.95) ? Array.from(new Set(names)) : names;
  return `{${seen.map((name) => `${nameText(name, random)}:${members[name]?.() ?? "null"}`).join(",")}}`;
}

function nameText(name: string, random: Random): string {
  if (random.chance(0.94)) return JSON.stringify(name);
  return random.pick([
    JSON.stringify(name.toUpperCase()),
    `"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}"`,
  ]);
}
