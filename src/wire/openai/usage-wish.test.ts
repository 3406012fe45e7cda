import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { renamedBody } from "../renamed-body.ts";
import { chatCompletions } from "./chat.ts";

const rest = '"messages":[{"role":"user"}],"seed":12345678901234567890';

for (const { options, asked } of [
  { options: '"stream_options":null,', asked: '"stream_options":{"include_usage":true},' },
  { options: '"stream_options": { } ,', asked: '"stream_options": {"include_usage":true} ,' },
  {
    options: '"stream_options":{"include_usage": false,"x":1.0},',
    asked: '"stream_options":{"include_usage": true,"x":1.0},',
  },
  { options: '"stream_options":{"x":1e2},', asked: '"stream_options":{"include_usage":true,"x":1e2},' },
]) {
  test(`a stream with ${options} is asked for its counts, and not a byte else changes`, () => {
    assert.equal(
      sent(`{${options}"model":"a","stream":true,${rest}}`),
      `{${asked}"model":"b","stream":true,${rest}}`,
    );
  });
}

test("a stream without options is asked for its counts behind the model's name", () => {
  const wish = '"stream_options":{"include_usage":true}';
  assert.equal(
    sent(`{"stream":true,"model" : "a" ,${rest}}`),
    `{"stream":true,"model" : "b",${wish} ,${rest}}`,
  );
});

for (const members of [
  '"stream":true,"Stream_Options":{"include_usage":false}',
  '"stream":true,"stream_options":{"Include_Usage":false}',
] as const) {
  test(`\`${members}\`, which engines read differently, is refused before anything is asked for`, () => {
    assert.equal(chatCompletions.read(encodeUtf8(`{"model":"a",${members},${rest}}`)).ok, false);
  });
}

for (const members of ['"stream":true,"stream_options":{"include_usage":true}', '"stream":false']) {
  test(`\`${members}\` is left as it is`, () => {
    assert.equal(sent(`{"model":"a",${members},${rest}}`), `{"model":"b",${members},${rest}}`);
  });
}

function sent(body: string): string | null {
  const view = chatCompletions.read(encodeUtf8(body));
  assert.ok(view.ok && view.value.modelSpan);
  const { modelSpan } = view.value;
  return decodeUtf8(concatBytes(renamedBody({ ...view.value, modelSpan }, "b")));
}
