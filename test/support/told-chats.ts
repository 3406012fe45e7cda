// What translations into other dialects make of a chat's answers, read as OpenAI's client does.
import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../src/base/index.ts";
import { engineOperations, type RequestView, SseParser, type Translation } from "../../src/wire/index.ts";

export function viewOfChat(members: object | string): RequestView {
  const text = typeof members === "string" ? members : JSON.stringify({ model: "a", ...members });
  const chats = engineOperations.find(({ name }) => name === "chat_completions");
  assert.ok(chats?.body === "json");
  const view = chats.read(encodeUtf8(text));
  assert.ok(view.ok, JSON.stringify(view));
  return view.value;
}

const messages = [{ role: "user", content: "hi" }];

/** The fault, where it is none. */
export function answerTold(translation: Translation, body: object): unknown {
  const whole = translation.answer(viewOfChat({ messages })).whole(encodeUtf8(JSON.stringify(body)));
  return whole.ok ? JSON.parse(decodeUtf8(whole.value) ?? "") : whole.error;
}

export type NamedEvent = readonly [name: string, body: object];

/** The data of each event of a whole stream. */
export function streamTold(
  translation: Translation,
  events: readonly NamedEvent[],
  options: object = {},
): readonly string[] {
  const answer = translation.answer(viewOfChat({ messages, stream: true, stream_options: options }));
  let text = "";
  for (const [name, body] of events) {
    const told = answer.push({ name, data: JSON.stringify(body) });
    assert.ok(told.ok, JSON.stringify([told, name, body]));
    text += told.value;
  }
  const end = answer.end();
  assert.ok(end.ok);
  const told = new SseParser(1 << 20).push(encodeUtf8(text + end.value));
  assert.ok(told.ok);
  return told.value.map(({ data }) => data);
}

interface Chunk {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly { readonly delta: Delta; readonly finish_reason: string | null }[];
  readonly usage?: object;
}

interface Delta {
  readonly content?: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly type?: string;
    readonly function: { readonly name?: string; readonly arguments: string };
    readonly extra_content?: object;
  }[];
}

/** As a client puts a stream together that ends with its counts: the whole completion. */
export function foldedChat(data: readonly string[]): unknown {
  assert.equal(data.at(-1), "[DONE]");
  const chunks = data.slice(0, -1).map((each) => JSON.parse(each) as Chunk);
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
  const content = deltas.map(({ content: text = "" }) => text).join("");
  const reasoning = deltas.map(({ reasoning_content: text = "" }) => text).join("");
  const calls = foldedCalls(deltas);
  const message = {
    role: "assistant",
    content: content === "" && calls.length > 0 ? null : content,
    refusal: null,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const ends = chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason: end }) => end ?? []));
  assert.equal(ends.length, 1);
  const { id, model } = chunks.at(-1) ?? {};
  const choices = [{ index: 0, message, logprobs: null, finish_reason: ends[0] }];
  const object = "chat.completion";
  return { id, object, created: 0, model, choices, usage: chunks.at(-1)?.usage };
}

function foldedCalls(deltas: readonly Delta[]): readonly object[] {
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = [];
  for (const { index, id = "", type = "", function: called, ...extra } of deltas.flatMap(
    ({ tool_calls: each = [] }) => each,
  )) {
    const { name = "", arguments: json } = called;
    const known = calls[index];
    if (known) known.function.arguments += json;
    else {
      assert.equal(index, calls.length);
      calls.push({ id, type, function: { name, arguments: json }, ...extra });
    }
  }
  return calls;
}
