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
  for (const name of ["images[0][file_id]", "images[][file_id]", "images.0.file_id", "x[file_id]"])
    assert.deepEqual(
      read(file, { name, value: "file-abc" }).exits.map((exit) => exit.name),
      ["file"],
      name,
    );
  for (const name of ["images[0][image_url]", "images.0.image_url", "x[image_url][url]"])
    assert.equal(read(file, { name, value: remote }).exits[0]?.name, "image_url", name);
});

test("a request for several pictures may be answered by as many times its model's output", () => {
  assert.deepEqual(asked({ n: 4 }).answerBound, { prompts: 1, tokens: null, answers: 4 });
});

test("words are wanted", () => {
  const view = generations.read(encodeUtf8('{"model":"a","prompt":[1]}'));
  assert.deepEqual(view.ok ? null : view.error.param, "prompt");
});

const address = { url: remote };
for (const { title, members, data, told } of [
  { title: "pictures", members: {}, data: [{ b64_json: "AA==", url: null }], told: null },
  { title: "an address that nobody asked for", members: {}, data: [address], told: "kept" },
  {
    title: "an address beside a picture",
    members: {},
    data: [{ b64_json: "AA==", ...address }],
    told: "kept",
  },
  {
    title: "an address in the place of a picture",
    members: {},
    data: [{ b64_json: "", ...address }],
    told: "kept",
  },
  { title: "an address among pictures", members: {}, data: [{ b64_json: "AA==" }, address], told: "kept" },
  {
    title: "an address that was asked for",
    members: { response_format: "url" },
    data: [address],
    told: null,
  },
  { title: "no picture", members: {}, data: [], told: "garbage" },
  { title: "a picture of nothing", members: {}, data: [{ b64_json: "" }], told: "garbage" },
  { title: "no list", members: {}, data: "AA==", told: "garbage" },
]) {
  test(`${title} as the answer to a request for pictures: ${told ?? "given"}`, () => {
    const [translation] = imageTranslations;
    const made = translation?.answer(asked(members)).whole(encodeUtf8(JSON.stringify({ created: 1, data })));
    assert.equal(made?.ok === true ? null : made?.error, told);
  });
}

test("an event that tells an address at the provider passes to who asked for one alone", () => {
  const [translation] = imageTranslations;
  const data = JSON.stringify({ type: "image_generation.completed", ...address });
  for (const [members, told] of [
    [{}, "kept"],
    [{ response_format: "url" }, null],
  ] as const) {
    const made = translation?.answer(asked({ stream: true, ...members })).push({ name: "message", data });
    assert.equal(made?.ok === true ? null : made?.error, told);
  }
});

for (const n of ["10", 1.5, 0, -1, true, [2]]) {
  test(`a number of pictures that an engine might read otherwise is refused: ${JSON.stringify(n)}`, () => {
    const view = generations.read(encodeUtf8(JSON.stringify({ model: "a", prompt: "a cat", n })));
    assert.equal(view.ok ? null : view.error.param, "n");
  });
}

for (const value of ["1_0", " 10", "1e1", "0", "10.0", ""]) {
  test(`the same in a form: "${value}"`, () => {
    const body = encodeUtf8(
      formText([
        { name: "model", value: "a" },
        { name: "n", value },
      ]),
    );
    const view = edits.read(body, { boundary: "b-9", scanned: scanForm(body, "b-9") });
    assert.equal(view.ok ? null : view.error.param, "n");
  });
}
