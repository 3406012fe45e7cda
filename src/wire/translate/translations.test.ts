// What holds for every translation, whatever comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, encodeUtf8 } from "../../base/index.ts";
import { chatCompletions } from "../openai/chat.ts";
import { engineOperations } from "../operations.ts";
import type { EngineOperationName, RequestView } from "../operation.ts";
import { formText } from "../../../test/support/form-text.ts";
import { scanForm } from "../form/multipart.ts";
import { translations } from "./translations.ts";

const words = fc.constantFrom(
  ..."user assistant text image tool_use tool_result thinking message reasoning".split(" "),
  ..."function_call function_call_output input_text output_text input_image function auto".split(" "),
);
const names = fc.constantFrom(
  ..."type role content text source input output name tools tool_choice system messages summary".split(" "),
  ..."arguments format id choices delta message tool_calls finish_reason usage object data".split(" "),
  ..."embedding response status error index".split(" "),
);
/** Shapes that nearly are the dialects'. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    words,
    fc.constantFrom(null, true, 1, 2 ** 64, ""),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(names, tie("value"), { maxKeys: 5 }),
  ),
}));

function bodyOf(members: unknown): string {
  return JSON.stringify({
    ...(members as object),
    model: "a",
    messages: [members, { role: "user", content: [members] }].map((each) => ({
      role: "user",
      ...(each as object),
    })),
    prompt: "hi",
    query: "hi",
    documents: ["hi", members],
    input: [members, { role: "user", content: [members] }],
  });
}

/** As every operation's engine may be asked. */
function plainBody(operation: EngineOperationName): string {
  const asked: Partial<Record<EngineOperationName, object>> = {
    completions: { prompt: "hi" },
    embeddings: { input: "hi" },
    responses: { input: "hi" },
    moderations: { input: "hi" },
    rerank: { query: "hi", documents: ["hi"] },
    audio_speech: { input: "hi" },
    image_generations: { prompt: "hi" },
    messages: { max_tokens: 9, messages: [{ role: "user", content: "hi" }] },
  };
  const members = asked[operation] ?? { messages: [{ role: "user", content: "hi" }] };
  return JSON.stringify({ model: "a", ...members });
}

for (const translation of translations) {
  const { from, to } = translation;
  const operation = engineOperations.find(({ name }) => name === from);
  const viewOf = (body: string): RequestView | null => {
    if (!operation || operation.body === "events") return null;
    const form = encodeUtf8(
      formText([
        { name: "model", value: "a" },
        { name: "prompt", value: body },
      ]),
    );
    const view =
      operation.body === "json"
        ? operation.read(encodeUtf8(body))
        : operation.read(form, { boundary: "b-9", scanned: scanForm(form, "b-9") });
    return view.ok ? view.value : null;
  };

  test(`${from} to ${to}: a request is translated, or a member of it is named, and nothing is thrown`, () => {
    fc.assert(
      fc.property(value, (members) => {
        const view = viewOf(bodyOf(members));
        const made = view && translation.request(view, "b");
        if (made?.ok === false) assert.ok(made.error.param.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  test(`${from} to ${to}: an answer is told, or it is none, and nothing is thrown`, () => {
    const view = viewOf(plainBody(from));
    assert.ok(view);
    fc.assert(
      fc.property(value, fc.array(value, { maxLength: 4 }), (whole, events) => {
        translation.answer(view).whole(encodeUtf8(JSON.stringify(whole)));
        const streamed = translation.answer(view);
        for (const data of events.map((event) => JSON.stringify(event))) {
          if (!streamed.push({ name: "message", data }).ok) return;
        }
        streamed.end();
      }),
      { numRuns: 300 },
    );
  });
}

const remote = "http://x.example/a";
const parts = [
  { type: "text", text: "hi" },
  { type: "image_url", image_url: { url: remote } },
  { type: "input_image", image_url: remote },
  { type: "image", source: { type: "url", url: remote } },
  { type: "text", text: "hi", image_url: { url: remote } },
];
const askedMembers =
  "messages system input instructions prompt tools tool_choice text reasoning metadata user output_config thinking";
const wrapped: readonly ((part: unknown) => unknown)[] = [
  (part) => part,
  (part) => [part],
  (part) => [{ role: "user", content: [part] }],
  (part) => [{ role: "assistant", content: [part] }],
  (part) => [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [part] }] }],
  (part) => [{ type: "function_call_output", call_id: "t", output: [part] }],
  (part) => ({ content: [part] }),
];

for (const translation of translations.filter(({ to }) => to === "chat_completions")) {
  const operation = engineOperations.find(({ name }) => name === translation.from);
  test(`${translation.from} as a chat: no way out is in the chat that was not found in the request`, () => {
    assert.ok(operation?.body === "json");
    let made = 0;
    for (const name of askedMembers.split(" "))
      for (const part of parts)
        for (const wrap of wrapped) {
          const plain = JSON.parse(plainBody(translation.from));
          const asked = JSON.stringify({ ...plain, [name]: wrap(part) });
          const view = operation.read(encodeUtf8(asked));
          if (!view.ok || view.value.exits.length > 0) continue;
          const body = translation.request(view.value, "b");
          if (!body.ok) continue;
          made++;
          const chat = chatCompletions.read(concatBytes(body.value));
          assert.deepEqual(chat.ok ? chat.value.exits : [], [], asked);
        }
    assert.ok(made > 0);
  });
}
