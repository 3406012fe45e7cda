import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../base/index.ts";
import { boundaryOf, formType, maxFormParts, scanForm } from "./multipart.ts";

interface Read {
  readonly name: string;
  readonly isFile: boolean;
  readonly content: string;
}

const file =
  'content-disposition: form-data; name="file"; filename="a.wav"\r\ncontent-type: audio/wav\r\n\r\nRIFF';
const model = 'content-disposition: form-data; name="model"\r\n\r\nassistant';
const sound = form(file, model);

function form(...parts: readonly string[]): string {
  return `${parts.map((part) => `--b\r\n${part}\r\n`).join("")}--b--\r\n`;
}

function field(name: string, value = ""): string {
  return `content-disposition: form-data; name="${name}"\r\n\r\n${value}`;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function read(text: string): readonly Read[] | string {
  const bytes = bytesOf(text);
  const scanned = scanForm(bytes, "b");
  if (!scanned.ok) return scanned.error.reason;
  return scanned.value.map(({ name, isFile, content: { start, end } }) => ({
    name,
    isFile,
    content: text.slice(start, end),
  }));
}

test("the parts of a form stand where they stand, files and fields", () => {
  assert.deepEqual(read(sound), [
    { name: "file", isFile: true, content: "RIFF" },
    { name: "model", isFile: false, content: "assistant" },
  ]);
  const empty =
    "content-type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=model\r\n\r\n";
  assert.deepEqual(read(form(empty)), [{ name: "model", isFile: false, content: "" }]);
});

test("a part's type is told as it says it", () => {
  const scanned = scanForm(bytesOf(sound), "b");
  assert.ok(scanned.ok);
  assert.deepEqual(
    scanned.value.map(({ mediaType }) => mediaType),
    ["audio/wav", null],
  );
});

test("what only resembles a boundary is content", () => {
  for (const content of ["\n--", "\r\n--", "\r\n--c", "x--b\r\n", "\r\n -b", "\r\n\r\n", "\r"])
    assert.deepEqual(read(form(field("a", content))), [{ name: "a", isFile: false, content }]);
});

test(".NET's way to write a name is read", () => {
  const part =
    "Content-Disposition: form-data; name=file; filename=a.wav; filename*=utf-8''a.wav\r\n\r\nRIFF";
  assert.deepEqual(read(form(part)), [{ name: "file", isFile: true, content: "RIFF" }]);
});

const refused: readonly { readonly title: string; readonly text: string; readonly reason: RegExp }[] = [
  { title: "nothing", text: "", reason: /does not begin/ },
  { title: "words before the first boundary", text: `x\r\n${sound}`, reason: /does not begin/ },
  { title: "words behind the last boundary", text: `${sound}x`, reason: /something follows/ },
  { title: "no parts", text: "--b--\r\n", reason: /no parts/ },
  { title: "an end that is missing", text: sound.slice(0, -4), reason: /not alone in its line/ },
  { title: "a content that does not end", text: `--b\r\n${model}`, reason: /ends before its last boundary/ },
  { title: "another boundary", text: sound.replaceAll("--b", "--c"), reason: /does not begin/ },
  { title: "blanks behind a boundary", text: sound.replace("--b\r", "--b \r"), reason: /not alone/ },
  { title: "a longer boundary", text: form(field("a", "x\r\n--bc\r\ny")), reason: /not alone/ },
  {
    title: "a boundary behind a bare line feed",
    text: form(field("a", "x\n--b\r\n")),
    reason: /does not begin its line/,
  },
  {
    title: "a part without a content",
    text: "--b\r\ncontent-disposition: form-data; name=a\r\n\r\n--b--\r\n",
    reason: /where a content is expected/,
  },
  {
    title: "a boundary right behind a head",
    text: form(field("a", "--b")),
    reason: /where a content is expected/,
  },
  {
    title: "a boundary in a head",
    text: form(`x: y\r\n--b: z\r\n${model}`),
    reason: /where a content is expected/,
  },
  { title: "a part without a head", text: "--b\r\n\r\nx\r\n--b--\r\n", reason: /head does not end/ },
  {
    title: "a part without a name",
    text: form("content-type: text/plain\r\n\r\nx"),
    reason: /needs `content-disposition/,
  },
  {
    title: "a disposition twice",
    text: form(`content-disposition: form-data; name="a"\r\n${model}`),
    reason: /a field twice/,
  },
  {
    title: "a name twice in one disposition",
    text: form(field('a"; name="b')),
    reason: /needs `content-disposition/,
  },
  { title: "a backslash in a name", text: form(field('a\\"')), reason: /needs `content-disposition/ },
  { title: "an attachment", text: form(model.replace("form-data", "attachment")), reason: /needs/ },
  {
    title: "a `filename*` alone",
    text: form("content-disposition: form-data; name=a; filename*=utf-8''x\r\n\r\n"),
    reason: /needs/,
  },
  {
    title: "a file without a name, which Go reads as a field",
    text: form('content-disposition: form-data; name="url"; filename=""\r\n\r\nhttp://x.example/'),
    reason: /needs/,
  },
  { title: "an empty name", text: form(field("")), reason: /needs/ },
  {
    title: "a field that sets the others' characters",
    text: form(field("_charset_", "utf-16")),
    reason: /needs/,
  },
  { title: "a folded line", text: form(model.replace("; name", ";\r\n name")), reason: /no field/ },
  {
    title: "a bare line feed in a head",
    text: form(model.replace("\r\n\r\n", "\n\r\n\r\n")),
    reason: /no field/,
  },
  { title: "bytes that are not UTF-8 in a name", text: form(field("\xff")), reason: /no field/ },
  {
    title: "a form in a form",
    text: form(`content-type: Multipart/mixed; boundary=c\r\n${model}`),
    reason: /form of its own/,
  },
  {
    title: "a part in base64",
    text: form(`content-transfer-encoding: base64\r\n${model}`),
    reason: /encoded/,
  },
  { title: "two models", text: form(model, model), reason: /one name/ },
  { title: "two files of one name", text: form(file, file), reason: /one name/ },
  { title: "a field of a file's name", text: form(file, field("file")), reason: /one name/ },
  {
    title: "a long head",
    text: form(field("a").replace("\r\n\r\n", `\r\nx: ${"y".repeat(4_096)}\r\n\r\n`)),
    reason: /within 4096 bytes/,
  },
  {
    title: "many parts",
    text: form(...Array.from({ length: maxFormParts + 1 }, () => field("a[]"))),
    reason: /more than 64 parts/,
  },
];
for (const { title, text, reason } of refused) {
  test(`a form is refused for ${title}`, () => {
    const found = read(text);
    assert.ok(typeof found === "string", JSON.stringify(found));
    assert.match(found, reason);
  });
}

test("a list may have as many parts of its name as a form has parts", () => {
  const many = read(form(...Array.from({ length: maxFormParts }, () => field("include[]"))));
  assert.equal(many.length, maxFormParts);
});

test("a form that ends too early is refused, wherever it ends", () => {
  for (let length = 0; length < sound.length - 2; length++)
    assert.equal(typeof read(sound.slice(0, length)), "string", `of ${length} bytes`);
  assert.notEqual(typeof read(sound.slice(0, -2)), "string");
});

test("what is taken of a form with one bit turned is what another reader takes of it, or refuses", async () => {
  let taken = 0;
  for (let at = 0; at < sound.length * 8; at++) {
    const bytes = bytesOf(sound);
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
    const parts = read(String.fromCharCode(...bytes));
    if (typeof parts === "string") continue;
    const readElsewhere = await readByNode(bytes, "b").catch(() => null);
    if (readElsewhere === null) continue;
    taken++;
    const asRead = parts.map((part) => (part.isFile ? part : { ...part, content: utf8Of(part.content) }));
    assert.deepEqual(readElsewhere, asRead, `bit ${at}`);
  }
  assert.ok(taken > 100, String(taken));
});

test("whatever a client of this API sends is read, as it was meant", async () => {
  const name = fc.stringMatching(/^[a-z_]{1,20}(\[\])?$/);
  const content = fc.uint8Array({ maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(name, content, fc.boolean()), {
        selector: ([key]) => key,
        maxLength: 8,
        minLength: 1,
      }),
      async (parts) => {
        const sent = new FormData();
        for (const [key, bytes, isFile] of parts) {
          const text = Buffer.from(bytes).toString("base64");
          if (isFile) sent.append(key, new Blob([bytes]), "é.wav");
          else sent.append(key, text);
        }
        const request = new Request("http://x.example", { method: "POST", body: sent });
        const boundary = boundaryOf(request.headers.get("content-type") ?? "");
        const body = new Uint8Array(await request.arrayBuffer());
        assert.ok(boundary !== null);
        const scanned = scanForm(body, boundary);
        assert.ok(scanned.ok);
        assert.deepEqual(
          scanned.value.map(({ name: key, isFile, content: { start, end } }) => [
            key,
            isFile,
            body.slice(start, end),
          ]),
          parts.map(([key, bytes, isFile]) => [
            key,
            isFile,
            isFile ? bytes : encodeUtf8(Buffer.from(bytes).toString("base64")),
          ]),
        );
      },
    ),
  );
});

test("a megabyte of beginnings of boundaries takes no longer than one of anything else", () => {
  const boundary = "-".repeat(69);
  const filled = (filler: string): number => {
    const body = bytesOf(`--${boundary}\r\n${field("a", filler.repeat(1_000_000 / filler.length))}`);
    const startedAtMs = performance.now();
    assert.equal(scanForm(body, boundary).ok, false);
    return performance.now() - startedAtMs;
  };
  filled("x");
  assert.ok(filled("\n".padEnd(70, "-")) < 20 * filled("x") + 50);
});

const types: readonly { readonly type: string; readonly boundary: string | null }[] = [
  { type: "multipart/form-data; boundary=b-1", boundary: "b-1" },
  { type: 'Multipart/Form-Data;BOUNDARY="a:b=?"', boundary: "a:b=?" },
  { type: "multipart/form-data; charset=utf-8; boundary=b", boundary: "b" },
  { type: "multipart/form-data", boundary: null },
  { type: "multipart/form-data; boundary=", boundary: null },
  { type: 'multipart/form-data; boundary="a b"', boundary: null },
  { type: `multipart/form-data; boundary=${"b".repeat(71)}`, boundary: null },
  { type: "multipart/form-data; boundary=a; boundary=b", boundary: null },
  { type: "multipart/form-data; boundary=a; Boundary=a", boundary: null },
  { type: "multipart/form-data; boundary*=utf-8''b", boundary: null },
  { type: "multipart/mixed; boundary=b", boundary: null },
  { type: "application/json", boundary: null },
];
for (const { type, boundary } of types) {
  test(`the boundary of \`${type}\` is ${boundary === null ? "none" : "read"}`, () => {
    assert.equal(boundaryOf(type), boundary);
    if (boundary !== null) assert.equal(boundaryOf(formType(boundary)), boundary);
  });
}

function utf8Of(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/** By Node's own reader. */
async function readByNode(bytes: Uint8Array, boundary: string): Promise<readonly Read[]> {
  const headers = { "content-type": formType(boundary) };
  const body = await new Response(Uint8Array.from(bytes), { headers }).formData();
  const parts: Read[] = [];
  for (const [name, value] of body) {
    const isFile = typeof value !== "string";
    const content = isFile ? Buffer.from(await value.arrayBuffer()).toString("latin1") : value;
    parts.push({ name, isFile, content });
  }
  return parts;
}
