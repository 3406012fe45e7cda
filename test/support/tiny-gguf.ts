// Makes a llama of some 130,000 weights, so that tests run real inference without a model from anywhere.
// GGUF version 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { Buffer } from "node:buffer";

export interface TinyModel {
  /** The same seed gives the same bytes. */
  readonly seed: number;
  /**
   * What the model answers to any chat before it ends its turn; no byte of it may come twice. Without a script the
   * weights are random, and so is what it says, for as long as it is let.
   */
  readonly script?: string;
}

/** The bytes of a `.gguf` file: llama architecture, float32, a SentencePiece vocabulary with byte fallback, ChatML. */
export function tinyGguf(model: TinyModel): Uint8Array {
  const tensors = tensorsOf(model);
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata.map(([key, value]) => Buffer.concat([string(key), value])),
    ...tensorInfos(tensors),
  ]);
  const weights = tensors.map(({ values }) => Buffer.from(new Float32Array(values).buffer));
  return Buffer.concat([head, Buffer.alloc(paddingAfter(head.length)), ...weights.map(aligned)]);
}

/** Tokens that one chat may hold, its answer included. */
export const tinyContextLength = 2048;

const embedding = 64;
const feedForward = 128;
const heads = 4;
const layers = 2;

const control = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"];
const [unknownToken, beginToken, , , endOfTurnToken] = control.keys();
const byteTokens = Array.from({ length: 256 }, (_, byte) => `<0x${hexByte(byte)}>`);
const words = [
  "▁",
  ...characters("az"),
  ...characters("AZ"),
  ...characters("09"),
  ".",
  ",",
  "?",
  "!",
  "▁law",
  "▁cell",
];
const vocabulary = [...control, ...byteTokens, ...words];

// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokens: 1 normal, 2 unknown, 3 control, 6 byte
const tokenTypes = [2, ...control.slice(1).map(() => 3), ...byteTokens.map(() => 6), ...words.map(() => 1)];

const chatTemplate =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

const metadata: readonly (readonly [key: string, value: Buffer])[] = [
  ["general.architecture", typed(8, string("llama"))],
  ["general.name", typed(8, string("tiny"))],
  ["general.file_type", typed(4, u32(0))],
  ["llama.context_length", typed(4, u32(tinyContextLength))],
  ["llama.embedding_length", typed(4, u32(embedding))],
  ["llama.block_count", typed(4, u32(layers))],
  ["llama.feed_forward_length", typed(4, u32(feedForward))],
  ["llama.attention.head_count", typed(4, u32(heads))],
  ["llama.attention.head_count_kv", typed(4, u32(heads))],
  ["llama.attention.layer_norm_rms_epsilon", typed(6, f32(1e-5))],
  ["llama.rope.dimension_count", typed(4, u32(embedding / heads))],
  ["tokenizer.ggml.model", typed(8, string("llama"))],
  ["tokenizer.ggml.tokens", array(8, vocabulary.map(string))],
  [
    "tokenizer.ggml.scores",
    array(
      6,
      vocabulary.map((token) => f32(token.length)),
    ),
  ],
  ["tokenizer.ggml.token_type", array(5, tokenTypes.map(u32))],
  ["tokenizer.ggml.unknown_token_id", typed(4, u32(unknownToken ?? 0))],
  ["tokenizer.ggml.bos_token_id", typed(4, u32(beginToken ?? 0))],
  ["tokenizer.ggml.eos_token_id", typed(4, u32(endOfTurnToken ?? 0))],
  ["tokenizer.chat_template", typed(8, string(chatTemplate))],
];

interface Tensor {
  readonly name: string;
  /** As GGUF writes them: the length of a row first. */
  readonly dimensions: readonly number[];
  readonly values: readonly number[];
}

function tensorsOf({ seed, script }: TinyModel): readonly Tensor[] {
  const random = uniform(seed);
  const matrix = (name: string, columns: number, rows: number, scale: number): Tensor => ({
    name,
    dimensions: [columns, rows],
    values: Array.from({ length: columns * rows }, () => random() * scale),
  });
  // A block that writes nothing back leaves each position knowing its own token only: a script needs no more.
  const blockScale = script === undefined ? 0.5 : 0;
  const tokens = matrix("token_embd.weight", embedding, vocabulary.length, 1);
  const output = matrix("output.weight", embedding, vocabulary.length, 1);
  return [
    tokens,
    ones("output_norm.weight"),
    { ...output, values: script === undefined ? onlyWords(output.values) : following(script, tokens.values) },
    ...Array.from({ length: layers }, (_, layer) => [
      ones(`blk.${layer}.attn_norm.weight`),
      matrix(`blk.${layer}.attn_q.weight`, embedding, embedding, 0.5),
      matrix(`blk.${layer}.attn_k.weight`, embedding, embedding, 0.5),
      matrix(`blk.${layer}.attn_v.weight`, embedding, embedding, 0.5),
      matrix(`blk.${layer}.attn_output.weight`, embedding, embedding, blockScale),
      ones(`blk.${layer}.ffn_norm.weight`),
      matrix(`blk.${layer}.ffn_gate.weight`, embedding, feedForward, 0.5),
      matrix(`blk.${layer}.ffn_up.weight`, embedding, feedForward, 0.5),
      matrix(`blk.${layer}.ffn_down.weight`, feedForward, embedding, blockScale),
    ]).flat(),
  ];
}

/** Output rows under which the random model says words, never single bytes or the end of its turn. */
function onlyWords(rows: readonly number[]): number[] {
  const firstWord = vocabulary.length - words.length;
  return rows.map((value, at) => (at < firstWord * embedding ? 0 : value * 4));
}

/** Output rows under which each token of the script likes the one before it, beginning after the prompt's last. */
function following(script: string, embeddings: readonly number[]): number[] {
  const chain = ["<0x0A>", ...Array.from(script).flatMap(tokensOf), control[4] ?? ""];
  const rows = Array.from<number>({ length: embeddings.length }).fill(0);
  for (const [at, token] of chain.slice(1).entries()) {
    const from = vocabulary.indexOf(chain[at] ?? "") * embedding;
    const to = vocabulary.indexOf(token) * embedding;
    for (let column = 0; column < embedding; column += 1)
      rows[to + column] = 4 * (embeddings[from + column] ?? 0);
  }
  return rows;
}

function tokensOf(character: string): string[] {
  if (character === " ") return ["▁"];
  if (words.includes(character)) return [character];
  return Array.from(Buffer.from(character), (byte) => `<0x${hexByte(byte)}>`);
}

function ones(name: string): Tensor {
  return { name, dimensions: [embedding], values: Array.from<number>({ length: embedding }).fill(1) };
}

/** Between -1 and 1; mulberry32. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function tensorInfos(tensors: readonly Tensor[]): Buffer[] {
  let offset = 0;
  return tensors.map(({ name, dimensions, values }) => {
    const info = [string(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(offset)];
    offset += values.length * 4 + paddingAfter(values.length * 4);
    return Buffer.concat(info);
  });
}

function aligned(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddingAfter(bytes.length))]);
}

function paddingAfter(length: number): number {
  return -length & 31;
}

function typed(type: number, value: Buffer): Buffer {
  return Buffer.concat([u32(type), value]);
}

function array(type: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(9), u32(type), u64(values.length), ...values]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function characters(range: string): string[] {
  const [first = 0, last = 0] = Buffer.from(range);
  return Array.from({ length: last - first + 1 }, (_, at) => String.fromCharCode(first + at));
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
