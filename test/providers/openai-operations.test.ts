// OpenAI's Emirati host computes chats, responses and embeddings in its country. What else is asked of it might be computed
// anywhere, so that it is asked nothing else.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startRawUpstream } from "../support/raw-http.ts";
import { keyOf, startTestCell, testPolicy } from "../support/test-cell.ts";

const json = { "content-type": "application/json" };
const form = { "content-type": "multipart/form-data; boundary=b" };
const speech =
  '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n';

for (const engine of ["openai", "openai-compatible"]) {
  for (const { path, headers = json, body } of [
    { path: "/v1/moderations", body: '{"model":"m","input":"hi"}' },
    { path: "/v1/completions", body: '{"model":"m","prompt":"hi"}' },
    { path: "/v1/images/generations", body: '{"model":"m","prompt":"hi"}' },
    { path: "/v1/audio/speech", body: '{"model":"m","input":"hi","voice":"alloy"}' },
    { path: "/v1/audio/transcriptions", headers: form, body: speech },
    { path: "/v1/audio/translations", headers: form, body: speech },
  ]) {
    test(`${path} is not asked of OpenAI's \`ae\` by engine \`${engine}\`, and the caller is told so`, async (t) => {
      const { answer, asked } = await ask(t, { engine, path, headers, body });
      assert.equal(answer.status, 400);
      const { error } = (await answer.json()) as { readonly error: { readonly message: string } };
      assert.equal(error.message, `no endpoint that serves \`m\` answers \`${path}\`; ask another model`);
      assert.deepEqual(asked(), []);
    });
  }

  for (const { path, body } of [
    { path: "/v1/chat/completions", body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}' },
    { path: "/v1/responses", body: '{"model":"m","input":"hi"}' },
    { path: "/v1/embeddings", body: '{"model":"m","input":"hi"}' },
  ]) {
    test(`${path} is asked of OpenAI's \`ae\` by engine \`${engine}\``, async (t) => {
      const { asked } = await ask(t, { engine, path, headers: json, body });
      assert.deepEqual(asked(), [path]);
    });
  }
}

interface Asking {
  readonly engine: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function ask(
  t: TestContext,
  { engine, path, headers, body }: Asking,
): Promise<{ readonly answer: Response; readonly asked: () => readonly string[] }> {
  const upstream = await startRawUpstream(t, (socket) =>
    socket.end("HTTP/1.1 400 X\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"),
  );
  const endpoint = `engine: ${engine}, provider: openai, region: ae, support: AE`;
  const policy = testPolicy
    .replace("\nmodels:", `\n  hosted: { cell: us-virginia, ${endpoint} }\nmodels:`)
    .replace("models:\n", "models:\n  m: { served-by: { hosted: gpt-5.2-2025-12-11 } }\n");
  const cell = await startTestCell(t, { policy, cell: "us-virginia", urls: { hosted: upstream.url } });
  const answer = await fetch(cell.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${keyOf("demo-shop")}`, ...headers },
    body,
  });
  const posts = (): readonly string[] =>
    upstream.requests.flatMap((request) => /^POST (\S+)/.exec(request)?.[1] ?? []);
  return { answer, asked: posts };
}
