// What is used of `node-llama-cpp`, and how it is found. The package is optional: it is not among the root's
// dependencies, so its types are stated here and it is imported when the first model is loaded.
// The one thread that runs models owns the library's backend.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";

export type Token = number;

export interface LlamaBackend {
  loadModel(options: { readonly modelPath: string }): Promise<LlamaModel>;
  /** Knows the chat template that the model file carries, or guesses one from the model's family. */
  resolveChatWrapper(model: LlamaModel): ChatWrapper;
}

export interface LlamaModel {
  readonly tokenizer: unknown;
  createContext(options: {
    readonly sequences: number;
    /** In tokens, of each sequence; as much as memory allows up to `max`. */
    readonly contextSize: { readonly max: number };
  }): Promise<LlamaContext>;
  /** `before` are tokens that came before: they decide whether a word begins with a space. */
  detokenize(tokens: readonly Token[], withSpecialTokens: boolean, before: readonly Token[]): string;
  dispose(): Promise<void>;
}

interface LlamaContext {
  readonly contextSize: number;
  getSequence(): LlamaSequence;
}

/** One text under way. Several of a context are computed together. */
export interface LlamaSequence {
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>;
  /** Ends by itself when the model ends its turn. Leaving the loop stops it before the next token. */
  evaluate(tokens: readonly Token[], sampling: Sampling): AsyncIterable<Token>;
  clearHistory(): Promise<void>;
}

export interface Sampling {
  /** 0 always takes the likeliest token. */
  readonly temperature: number;
  readonly topP: number;
  readonly seed?: number;
}

export interface ChatWrapper {
  generateContextState(options: { readonly chatHistory: readonly ChatHistoryItem[] }): {
    readonly contextText: LlamaText;
    readonly stopGenerationTriggers: readonly LlamaText[];
  };
}

export type ChatHistoryItem =
  | { readonly type: "system" | "user"; readonly text: string }
  /** The last one is empty: it is what the model is to write. */
  | { readonly type: "model"; readonly response: readonly string[] };

/** Text in which control tokens are told apart from words that look like them. */
interface LlamaText {
  /** Strings are words; all else is control. */
  readonly values: readonly unknown[];
  tokenize(tokenizer: unknown): readonly Token[];
}

/** Thrown when an endpoint wants this engine and its packages are not installed. */
export class MissingPartError extends Error {
  constructor() {
    super("engine `llamacpp` needs packages that are not installed; run `npm run install:llamacpp`");
    this.name = "MissingPartError";
  }
}

const part = new URL("../../../optional/llamacpp/", import.meta.url);
const entry = new URL("node_modules/node-llama-cpp/dist/index.js", part);

/** Throws {@link MissingPartError}: a cell that cannot run an endpoint says so when it starts, not when it is called. */
export function findBackend(): () => Promise<LlamaBackend> {
  if (!existsSync(entry)) throw new MissingPartError();
  return () => (backend ??= startBackend());
}

// One for all models of the process, because its limit on threads is one for all models that it loads.
let backend: Promise<LlamaBackend> | null = null;

async function startBackend(): Promise<LlamaBackend> {
  const library = (await import(entry.href)) as Library;
  const llama = await library.getLlama({
    gpu: false,
    // Neither compiles nor fetches anything.
    build: "never",
    skipDownload: true,
    // llama.cpp's logs can quote prompts; `debug` would print them past the log level.
    logLevel: "disabled",
    debug: false,
    progressLogs: false,
    // Its threads spin while they wait for each other: with as many as there are cores, the event loop's own work
    // makes every token wait (measured on two cores: 1 thread 2,000 tokens/s, 2 threads 86, 4 threads 4).
    maxThreads: Math.max(1, availableParallelism() - 1),
  });
  return {
    loadModel: (options) => llama.loadModel(options),
    resolveChatWrapper: (model) => library.resolveChatWrapper(model),
  };
}

interface Library extends Pick<LlamaBackend, "resolveChatWrapper"> {
  getLlama(options: object): Promise<Pick<LlamaBackend, "loadModel">>;
}
