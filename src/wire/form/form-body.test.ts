import assert from "node:assert/strict";
import { test } from "node:test";
import { formText } from "../../../test/support/form-text.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { transcriptions } from "../audio/transcriptions.ts";
import { inDeployment } from "../deployment.ts";
import { renamedForm } from "./form-body.ts";
import { scanForm } from "./multipart.ts";
import type { FormOperation } from "../operation.ts";

type Fields = Parameters<typeof formText>[0];
const file = { name: "file", value: "RIFF\r\n\0", fileName: "a.wav" };
const model = { name: "model", value: "assistant" };

function read(fields: Fields, row: FormOperation = transcriptions): ReturnType<FormOperation["read"]> {
  const body = encodeUtf8(formText(fields));
  return row.read(body, { boundary: "b-9", scanned: scanForm(body, "b-9") });
}

test("a form is passed on as it came, but for the model's name", () => {
  const view = read([file, model, { name: "stream", value: "true" }]);
  assert.ok(view.ok);
  assert.deepEqual([view.value.model, view.value.wantsEvents], ["assistant", true]);
  assert.equal(view.value.contentType, "multipart/form-data; boundary=b-9");
  const sent = renamedForm(view.value, "whisper");
  assert.ok(sent.ok);
  const expected = formText([file, { ...model, value: "whisper" }, { name: "stream", value: "true" }]);
  assert.equal(Buffer.concat(sent.value).toString(), expected);
});

test("a name that would end a line is not written into a form", () => {
  const view = read([file, model]);
  assert.ok(view.ok);
  assert.equal(renamedForm(view.value, "a\r\n--b-9--\r\n").ok, false);
});

const refused: readonly { readonly title: string; readonly fields: Fields; readonly param: string | null }[] =
  [
    { title: "no model", fields: [file], param: "model" },
    { title: "an empty model", fields: [file, { ...model, value: "" }], param: "model" },
    { title: "a model that is a file", fields: [file, { ...model, fileName: "m" }], param: "model" },
    { title: "a model of two", fields: [file, model, model], param: null },
    { title: "a model in a list", fields: [file, model, { name: "model[]", value: "b" }], param: "model" },
    {
      title: "a model in other letters",
      fields: [file, model, { name: "Model", value: "b" }],
      param: "model",
    },
    {
      title: "a stream that is none",
      fields: [file, model, { name: "stream", value: "yes" }],
      param: "stream",
    },
  ];
for (const { title, fields, param } of refused) {
  test(`a form is refused by name for ${title}`, () => {
    const view = read(fields);
    assert.ok(!view.ok);
    assert.equal(view.error.param, param);
  });
}

for (const name of ["model", "url", "provider", "store"])
  for (const mediaType of ["application/json", "text/plain; charset=utf-16", "text/html", ""]) {
    test(`a field that says it is no text of UTF-8 is refused, since an engine reads it: ${name} as "${mediaType}"`, () => {
      const typed = formText([
        file,
        model,
        { name: "url", value: "http://x.example/a" },
        { name: "provider", value: "{}" },
        { name: "store", value: "true" },
      ]).replace(`"${name}"\r\n`, `"${name}"\r\nContent-Type: ${mediaType}\r\n`);
      const body = encodeUtf8(typed);
      const view = transcriptions.read(body, { boundary: "b-9", scanned: scanForm(body, "b-9") });
      assert.match(view.ok ? "taken" : view.error.message, /^a field's content must be text in UTF-8/);
    });
  }

test("a field of bytes that are no UTF-8 is refused", () => {
  const body = Uint8Array.from(
    Buffer.from(formText([file, model, { name: "url", value: "http://x\xff" }]), "latin1"),
  );
  const view = transcriptions.read(body, { boundary: "b-9", scanned: scanForm(body, "b-9") });
  assert.match(view.ok ? "taken" : view.error.message, /^a field's content must be text in UTF-8/);
});

const remote = "https://sound.example/a.wav";
const leaving: readonly { readonly field: Fields[number]; readonly exit: string; readonly name: string }[] = [
  { field: { name: "url", value: remote }, exit: "url", name: "audio_url" },
  { field: { name: "file_url", value: remote }, exit: "file_url", name: "audio_url" },
  { field: { name: "File_URL", value: remote }, exit: "file_url", name: "audio_url" },
  { field: { name: "file_id", value: "f-1" }, exit: "file_id", name: "file" },
  {
    field: { name: "known_speaker_references[]", value: remote },
    exit: "known_speaker_references",
    name: "audio_url",
  },
  { field: { name: "store", value: "true" }, exit: "store", name: "store" },
  { field: { name: "provider[order][0]", value: "x" }, exit: "provider", name: "provider" },
];
for (const { field, exit, name } of leaving) {
  test(`what would leave the permit is found in a form too: ${field.name}`, () => {
    const view = read([file, model, field]);
    assert.ok(view.ok);
    assert.deepEqual(
      view.value.exits.map(({ member, name: by }) => ({ member, by })),
      [{ member: exit, by: name }],
    );
  });
}

test("a file, a data URL and a word for no leave nothing", () => {
  const fields = [
    file,
    model,
    { name: "url", value: "data:audio/wav;base64,AA==" },
    { name: "store", value: "false" },
  ];
  const view = read(fields);
  assert.ok(view.ok);
  assert.deepEqual(view.value.exits, []);
});

test("what speech is to a model is bounded by its context, and by nothing that the form says", () => {
  const view = read([file, model]);
  assert.ok(view.ok);
  const bytes = Number.POSITIVE_INFINITY;
  assert.deepEqual(view.value.answerBound, { prompts: 1, tokens: null, answers: 1, bytes });
});

const deployed = inDeployment(transcriptions, "assistant");
assert.ok(deployed.body === "multipart");

for (const fields of [[file], [file, { ...model, value: "" }], [model, file]]) {
  test(`a deployment is the model of a form of ${fields.map(({ name, value }) => `${name}${value === "" ? " (empty)" : ""}`).join(" and ")}`, () => {
    const view = read(fields, deployed);
    assert.ok(view.ok);
    assert.equal(view.value.model, "assistant");
    const sent = renamedForm(view.value, "whisper");
    assert.ok(sent.ok);
    const scanned = scanForm(Buffer.concat(sent.value), "b-9");
    assert.ok(scanned.ok);
    const found = scanned.value.find(({ name }) => name === "model")?.content;
    assert.ok(found);
    assert.equal(Buffer.concat(sent.value).toString("utf8", found.start, found.end), "whisper");
    assert.equal(scanned.value.filter(({ name }) => name === "file").length, 1);
  });
}

test("a form that names another model than its deployment is refused by name", () => {
  const view = read([file, { ...model, value: "other" }], deployed);
  assert.equal(view.ok || view.error.param, "model");
});
