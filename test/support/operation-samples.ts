// For each operation that an engine answers, a request and an answer as they may come: what every one must keep to is
// tested for all of them.
import type { EngineOperationName } from "../../src/wire/index.ts";
import { formText, formTextType } from "./form-text.ts";
import { keyOf, type TestCell } from "./test-cell.ts";

export interface OperationSample {
  readonly operation: EngineOperationName;
  readonly path: string;
  /** Of a request, beside `model` and `stream`; spelt as no serializer would. */
  readonly members: string;
  /** Where it is a form: the part that is a file, of what name. The members are none then. */
  readonly form?: string;
  readonly isStreamed: boolean;
  /** By an engine that speaks it. */
  readonly whole: string;
  /** Of that answer, where it is no JSON. */
  readonly contentType?: string;
  /** Framed, without the closing event. */
  readonly events: readonly string[];
  /** Empty where the last of `events` ends the answer. */
  readonly closing: string;
  /** Of both; null where its engines tell of none. */
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number } | null;
  /** What a caller is told of an error. */
  readonly errorOf: (text: string) => { readonly type: string; readonly message: string };
}

const usage = '"usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}';
const openAiError = (text: string): { readonly type: string; readonly message: string } =>
  (JSON.parse(text) as { readonly error: ReturnType<typeof openAiError> }).error;

const responseUsage = '{"input_tokens":7,"input_tokens_details":{"cached_tokens":4},"output_tokens":2}';
const messageUsage = '{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":2}';
const anthropicError = (text: string): { readonly type: string; readonly message: string } => {
  const body = JSON.parse(text) as { readonly type: string; readonly error: ReturnType<typeof openAiError> };
  if (body.type !== "error") throw new TypeError("no error of Anthropic's dialect");
  return body.error;
};

const mediaUsage = '"input_tokens":7,"output_tokens":2';
const pictures = `{ "created":1.0,"data":[{"b64_json":"AA=="}],"usage":{${mediaUsage}}}\n`;

export const operationSamples: readonly OperationSample[] = [
  {
    operation: "chat_completions",
    path: "/v1/chat/completions",
    members: '"seed":12345678901234567890,\n "messages": [{"role":"user","content":"h\\u00e9"}]',
    isStreamed: true,
    whole: `{ "object":"chat.completion","choices":[{"message":{"content":"\\u00e9"},"top":1.0}],${usage}}\n`,
    events: [
      'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"\\u00e9"}}]}\n\n',
      `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],${usage}}\n\n`,
    ],
    closing: "data: [DONE]\n\n",
    usage: { input: 7, cached: 4, output: 2 },
    errorOf: openAiError,
  },
  {
    operation: "completions",
    path: "/v1/completions",
    members: '"seed":12345678901234567890,\n "prompt": "h\\u00e9"',
    isStreamed: true,
    whole: `{ "object":"text_completion","choices":[{"text":"\\u00e9","top":1.0}],${usage}}\n`,
    events: [
      'data: {"object":"text_completion","choices":[{"index":0,"text":"\\u00e9","finish_reason":null}]}\n\n',
      `data: {"object":"text_completion","choices":[{"index":0,"text":"","finish_reason":"stop"}],${usage}}\n\n`,
    ],
    closing: "data: [DONE]\n\n",
    usage: { input: 7, cached: 4, output: 2 },
    errorOf: openAiError,
  },
  {
    operation: "embeddings",
    path: "/v1/embeddings",
    members: '"encoding_format":"base64",\n "input": [[1,22],[333]]',
    isStreamed: false,
    whole:
      '{ "object":"list","data":[{"embedding":"AACAPw=="},{"embedding":"AAAAQA=="}],"usage":{"prompt_tokens":3}}\n',
    events: [],
    closing: "",
    usage: { input: 3, cached: 0, output: 0 },
    errorOf: openAiError,
  },
  {
    operation: "responses",
    path: "/v1/responses",
    members:
      '"store" :false,"include":["reasoning.encrypted_content"],\n "input": [{"role":"user","content":"h\\u00e9"},' +
      '{"type":"reasoning","id":"rs\\/1","summary":[]},{"role":"user","content":"go on"}]',
    isStreamed: true,
    whole: `{ "object":"response","status":"completed","output":[{"text":"\\u00e9"}],"usage":${responseUsage}}\n`,
    events: [
      'event: response.created\ndata: {"type":"response.created","response":{"status":"in_progress","usage":null}}\n\n',
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"\\u00e9"}\n\n',
    ],
    closing: `event: response.completed\ndata: {"type":"response.completed","response":{"status":"completed","usage":${responseUsage}}}\n\n`,
    usage: { input: 7, cached: 4, output: 2 },
    errorOf: openAiError,
  },
  {
    operation: "messages",
    path: "/v1/messages",
    members:
      '"max_tokens":9,\n "thinking":{"type":"enabled"},"messages": [{"role":"user","content":"h\\u00e9"},' +
      '{"role":"assistant","content":[{"type":"thinking","thinking":"\\u2026","signature":"EqQB\\/a+="}]},' +
      '{"role":"user","content":"go on"}]',
    isStreamed: true,
    whole: `{ "type":"message","content":[{"type":"text","text":"\\u00e9"}],"usage":${messageUsage}}\n`,
    events: [
      'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":1}}}\n\n',
      'event: ping\ndata: {"type":"ping"}\n\n',
      'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking"}}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB\\/a+="}}\n\n',
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
      `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":${messageUsage}}\n\n`,
    ],
    closing: 'event: message_stop\ndata: {"type": "message_stop"}\n\n',
    usage: { input: 7, cached: 4, output: 2 },
    errorOf: anthropicError,
  },
  {
    operation: "count_tokens",
    path: "/v1/messages/count_tokens",
    members: '"messages": [{"role":"user","content":"h\\u00e9"}]',
    isStreamed: false,
    whole: '{ "input_tokens": 7}\n',
    events: [],
    closing: "",
    usage: { input: 0, cached: 0, output: 0 },
    errorOf: anthropicError,
  },
  {
    operation: "rerank",
    path: "/v1/rerank",
    members: '"top_n":1,\n "query": "h\\u00e9", "documents": ["a",{"text":"h\\u00e9"}]',
    isStreamed: false,
    whole: '{ "id":"r-1","results":[{"index":1,"relevance_score":0.90}],"usage":{"total_tokens": 7}}\n',
    events: [],
    closing: "",
    usage: { input: 7, cached: 0, output: 0 },
    errorOf: openAiError,
  },
  {
    operation: "moderations",
    path: "/v1/moderations",
    members: '"input": ["h\\u00e9","b"]',
    isStreamed: false,
    whole: '{ "id":"modr-1","results":[{"flagged":false},{"flagged":true}]}\n',
    events: [],
    closing: "",
    usage: null,
    errorOf: openAiError,
  },
  {
    operation: "audio_transcriptions",
    path: "/v1/audio/transcriptions",
    members: "",
    form: "file",
    isStreamed: true,
    whole: `{ "text":"h\\u00e9","usage":{"type":"tokens",${mediaUsage}}}\n`,
    events: ['data: {"type":"transcript.text.delta","delta":"h\\u00e9"}\n\n'],
    closing: `data: {"type":"transcript.text.done","text":"h\\u00e9","usage":{${mediaUsage}}}\n\n`,
    usage: { input: 7, cached: 0, output: 2 },
    errorOf: openAiError,
  },
  {
    operation: "audio_translations",
    path: "/v1/audio/translations",
    members: "",
    form: "file",
    isStreamed: false,
    whole: '{ "text":"h\\u00e9","duration":1.0}\n',
    events: [],
    closing: "",
    usage: null,
    errorOf: openAiError,
  },
  {
    operation: "audio_speech",
    path: "/v1/audio/speech",
    members: '"voice":"alloy", "input": "h\\u00e9"',
    isStreamed: false,
    whole: "ID3 sound",
    contentType: "audio/mpeg",
    events: [],
    closing: "",
    usage: null,
    errorOf: openAiError,
  },
  {
    operation: "image_generations",
    path: "/v1/images/generations",
    members: '"size":"auto", "prompt": "h\\u00e9"',
    isStreamed: true,
    whole: pictures,
    events: ['data: {"type":"image_generation.partial_image","b64_json":"AA==","partial_image_index":0}\n\n'],
    closing: `data: {"type":"image_generation.completed","b64_json":"AA==","usage":{${mediaUsage}}}\n\n`,
    usage: { input: 7, cached: 0, output: 2 },
    errorOf: openAiError,
  },
  {
    operation: "image_edits",
    path: "/v1/images/edits",
    members: "",
    form: "image",
    isStreamed: true,
    whole: pictures,
    events: ['data: {"type":"image_edit.partial_image","b64_json":"AA==","partial_image_index":0}\n\n'],
    closing: `data: {"type":"image_edit.completed","b64_json":"AA==","usage":{${mediaUsage}}}\n\n`,
    usage: { input: 7, cached: 0, output: 2 },
    errorOf: openAiError,
  },
  {
    operation: "image_variations",
    path: "/v1/images/variations",
    members: "",
    form: "image",
    isStreamed: false,
    whole: pictures,
    events: [],
    closing: "",
    usage: { input: 7, cached: 0, output: 2 },
    errorOf: openAiError,
  },
];

export function sampleBody(
  { members, form, isStreamed }: OperationSample,
  { model = "assistant", isStream = false } = {},
): string {
  if (form === undefined) return `{ ${members} ,"stream" : ${isStream},"model": "${model}"}`;
  return formText([
    { name: form, value: "RIFF\r\n\r\n--b-8\0", fileName: "a.wav" },
    { name: "model", value: model },
    ...(isStreamed ? [{ name: "stream", value: String(isStream) }] : []),
    { name: "include[]", value: "logprobs" },
    { name: "include[]", value: "more" },
  ]);
}

/** With a member by which it would leave the permit. */
export function leavingBody(sample: OperationSample): string {
  const body = sampleBody(sample);
  if (sample.form === undefined) return body.replace("{", '{"provider":{},');
  return formText([{ name: "provider[order]", value: "x" }], "b-9").replace(/--b-9--\r\n$/, body);
}

interface SampleAsk {
  readonly tenant?: string;
  readonly body?: string;
  readonly model?: string;
  readonly isStream?: boolean;
}

export function askSample(cell: TestCell, sample: OperationSample, ask: SampleAsk = {}): Promise<Response> {
  return fetch(cell.gateway.url + sample.path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${keyOf(ask.tenant ?? "demo-bank")}`,
      "content-type": sample.form === undefined ? "application/json" : formTextType,
    },
    body: ask.body ?? sampleBody(sample, ask),
  });
}
