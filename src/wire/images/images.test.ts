import assert from "node:assert/strict";
import { test } from "node:test";
import { formText } from "../../../test/support/form-text.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { scanForm } from "../form/multipart.ts";
import type { RequestView } from "../operation.ts";
import { imageTranslations } from "../translate/same/images.ts";
import { edits } from "./edits.ts";
import { generations } from "./generations.ts";

const remote = "https://pictures.example/a.png";
const inline = "data:image/png;base64,AA==";

function asked(members: object): RequestView {
  const view = generations.read(encodeUtf8(JSON.stringify({ model: "a", prompt: "a cat", ...members })));
  assert.ok(view.ok, JSON.stringify(view));
  return view.value;
}

for (const { members, member, name } of [
  { members: { image: remote }, member: "image", name: "image_url" },
  { members: { image: [inline, remote] }, member: "image[1]", name: "image_url" },
  { members: { image: { url: remote } }, member: "image.url", name: "image_url" },
  { members: { images: [{ image_url: remote }] }, member: "images[0].image_url", name: "image_url" },
  {
    members: { images: [{ Image_URL: { URL: remote } }] },
    member: "images[0].image_url.url",
    name: "image_url",
  },
  { members: { images: [{ file_id: "f-1" }] }, member: "images[0].file_id", name: "file" },
  { members: { mask: { "a b": remote } }, member: "mask", name: "image_url" },
  { members: { image_url: "//share/a.png" }, member: "image_url", name: "image_url" },
  { members: { mask_url: remote }, member: "mask_url", name: "image_url" },
  { members: { reference_images: [remote] }, member: "reference_images[0]", name: "image_url" },
  { members: { file_id: "f-1" }, member: "file_id", name: "file" },
  { members: { response_format: "url" }, member: "response_format", name: "response_format" },
  { members: { store: true }, member: "store", name: "store" },
  { members: { provider: {} }, member: "provider", name: "provider" },
]) {
  test(`\`${JSON.stringify(members)}\` is a way out of a request for pictures`, () => {
    assert.deepEqual(
      asked(members).exits.map((exit) => ({ member: exit.member, name: exit.name })),
      [{ member, name }],
    );
  });
}

test("pictures that come with the request, and a wish to get some with the answer, are no way out", () => {
  const members = {
    image: [inline, "AAAA"],
    images: [{ image_url: inline, file_id: null }],
    mask: null,
    file_id: null,
    response_format: "b64_json",
  };
  assert.deepEqual(asked(members).exits, []);
});

function read(...fields: Parameters<typeof formText>[0]): RequestView {
  const body = encodeUtf8(formText([...fields, { name: "model", value: "a" }]));
  const view = edits.read(body, { boundary: "b-9", scanned: scanForm(body, "b-9") });
  assert.ok(view.ok, JSON.stringify(view));
  return view.value;
}

test("in a form a picture that is a text is looked at, and one that is a file is none", () => {
  const file = { name: "image[]", value: remote, fileName: "a.png" };
  assert.deepEqual(read(file).exits, []);
  assert.deepEqual(
    read(file, { name: "image[]", value: remote }, { name: "mask", value: remote }).exits.map(
      ({ member }) => member,
    ),
    ["image", "mask"],
  );
  const [url] = read(file, { name: "response_format", value: "url" }).exits;
  assert.equal(url?.name, "response_format");
  assert.equal(read(file, { name: "n", value: "3" }).answerBound.answers, 3);
});

test("a request for several pictures may be answered by as many times its model's output", () => {
  assert.deepEqual(asked({ n: 4 }).answerBound, { prompts: 1, tokens: null, answers: 4 });
});

test("words are wanted", () => {
  const view = generations.read(encodeUtf8('{"model":"a","prompt":[1]}'));
  assert.deepEqual(view.ok ? null : view.error.param, "prompt");
});

for (const { title, members, data, isAnswer } of [
  { title: "pictures", members: {}, data: [{ b64_json: "AA==" }], isAnswer: true },
  { title: "an address that nobody asked for", members: {}, data: [{ url: remote }], isAnswer: false },
  {
    title: "an address among pictures",
    members: {},
    data: [{ b64_json: "AA==" }, { url: remote }],
    isAnswer: false,
  },
  {
    title: "an address that was asked for",
    members: { response_format: "url" },
    data: [{ url: remote }],
    isAnswer: true,
  },
  { title: "no picture", members: {}, data: [], isAnswer: false },
  { title: "no list", members: {}, data: "AA==", isAnswer: false },
]) {
  test(`${title}: ${isAnswer ? "an" : "no"} answer to a request for pictures`, () => {
    const [translation] = imageTranslations;
    const told = translation?.answer(asked(members)).whole(encodeUtf8(JSON.stringify({ created: 1, data })));
    assert.deepEqual(told?.ok === true ? null : told?.error, isAnswer ? null : "garbage");
  });
}
