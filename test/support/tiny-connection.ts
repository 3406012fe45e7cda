// The real llama.cpp on models that the tests make themselves, counted where the library is entered.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { type EndpointId, encodeUtf8 } from "../../src/base/index.ts";
import { LlamacppConnection } from "../../src/providers/llamacpp/connection.ts";
import {
  findBackend,
  type LlamaBackend,
  type LlamaSequence,
  MissingPartError,
} from "../../src/providers/llamacpp/library.ts";
import { loadModel } from "../../src/providers/llamacpp/model.ts";
import { UpstreamError, type UpstreamFailure } from "../../src/providers/provider.ts";
import { parseChatAnswer } from "../../src/wire/index.ts";
import { type TinyModel, tinyGguf } from "./tiny-gguf.ts";
import { type AskedConnection, asking, type TestAnswer } from "./asking.ts";
import { type TestCall, upstreamCall } from "./upstream-call.ts";

const start = backendIfInstalled();
export const skip = start === null && "optional/llamacpp is not installed: run `npm run install:llamacpp`";

const id = "local-1" as EndpointId;
const directory = mkdtempSync(join(tmpdir(), "bailiwick-llamacpp-"));
const opened: LlamacppConnection[] = [];
after(async () => {
  await Promise.all(opened.map((connection) => connection.close()));
  rmSync(directory, { recursive: true });
});

interface Completion {
  readonly choices: readonly {
    readonly message: { readonly content: string };
    readonly finish_reason: string;
  }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
  };
}

interface Seen {
  models: number;
  /** Evaluated, not just asked for. */
  promptTokens: number;
  promptBlocks: number;
  tokens: number;
}

function backendIfInstalled(): (() => Promise<LlamaBackend>) | null {
  try {
    return findBackend();
  } catch (error) {
    assert.ok(error instanceof MissingPartError);
    return null;
  }
}

/** A connection to a model of its own, and what llama.cpp did for it, counted where the library is entered. */
export function openTiny(
  model: TinyModel,
  onToken: (tokens: number) => unknown = () => undefined,
  onPromptBlock: () => unknown = () => undefined,
): { connection: AskedConnection; file: string; seen: Seen } {
  const file = join(directory, `${opened.length}.gguf`);
  writeFileSync(file, tinyGguf(model));
  const seen: Seen = { models: 0, promptTokens: 0, promptBlocks: 0, tokens: 0 };
  const counted = (sequence: LlamaSequence): LlamaSequence => ({
    clearHistory: () => sequence.clearHistory(),
    async evaluateWithoutGeneratingNewTokens(tokens) {
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
      seen.promptTokens += tokens.length;
      seen.promptBlocks += 1;
      onPromptBlock();
    },
    async *evaluate(tokens, sampling) {
      seen.promptTokens += tokens.length;
      for await (const token of sequence.evaluate(tokens, sampling)) {
        seen.tokens += 1;
        await onToken(seen.tokens);
        yield token;
      }
    },
  });
  const connection = new LlamacppConnection(id, async () => {
    assert.ok(start);
    const backend = await start();
    const countingBackend: LlamaBackend = {
      ...backend,
      async loadModel(options) {
        const loaded = await backend.loadModel(options);
        seen.models += 1;
        const createContext = loaded.createContext.bind(loaded);
        // The library looks into its own model, so this one is changed and not wrapped.
        return Object.assign(loaded, {
          async createContext(contextOptions: Parameters<typeof createContext>[0]) {
            const context = await createContext(contextOptions);
            return { contextSize: context.contextSize, getSequence: () => counted(context.getSequence()) };
          },
        });
      },
    };
    return loadModel(countingBackend, file);
  });
  opened.push(connection);
  return { connection: asking(connection), file, seen };
}

export function call(members: object, options: Partial<TestCall> = {}): TestCall {
  const messages = [{ role: "user", content: "hello law" }];
  return upstreamCall({
    body: [encodeUtf8(JSON.stringify({ model: "tiny", messages, ...members }))],
    ...options,
  });
}

export async function whole(connection: AskedConnection, members: object): Promise<Completion> {
  const text = await textOf(await connection.call(call(members)));
  assert.equal(parseChatAnswer(text).kind, "answer", text);
  return JSON.parse(text) as Completion;
}

export async function textOf({ body }: TestAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function rejectsWith(
  failure: UpstreamFailure,
  run: () => Promise<unknown>,
): Promise<UpstreamError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof UpstreamError, String(error));
    assert.equal(error.failure, failure);
    return error;
  }
  return assert.fail(`expected ${failure}, but it succeeded`);
}
