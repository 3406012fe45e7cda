// A model in memory: its weights once, and a few contexts in which texts are computed together.
import { availableParallelism } from "node:os";
import { SlotQueue } from "./slot-queue.ts";
import type { ChatWrapper, Llama, LlamaLibrary, LlamaModel, LlamaSequence } from "./library.ts";

/** Each slot is one text under way; a fifth request waits for its turn. */
const slots = 4;
const maxWaiting = 128;
/** Four times this many tokens have to fit into memory beside the weights; less is taken where they do not. */
const maxContextTokens = 8192;

export interface LoadedModel {
  readonly model: LlamaModel;
  readonly chatWrapper: ChatWrapper;
  /** Prompt and answer together. */
  readonly contextTokens: number;
  readonly slots: SlotQueue<LlamaSequence>;
  /** Waits for the texts under way, which their callers must have stopped. */
  close(): Promise<void>;
}

/** The file cannot be used as a model. The library's own words are not repeated: they quote the file. */
export class ModelFileError extends Error {
  constructor(file: string) {
    super(
      `model file \`${file}\` cannot be loaded; it must be a readable GGUF file of an architecture that llama.cpp knows`,
    );
    this.name = "ModelFileError";
  }
}

export async function loadModel(library: LlamaLibrary, file: string): Promise<LoadedModel> {
  const llama = await library.getLlama({
    gpu: false,
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
  try {
    return await open(library, llama, file);
  } catch {
    await llama.dispose();
    throw new ModelFileError(file);
  }
}

async function open(library: LlamaLibrary, llama: Llama, file: string): Promise<LoadedModel> {
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ sequences: slots, contextSize: { max: maxContextTokens } });
  const queue = new SlotQueue(
    Array.from({ length: slots }, () => context.getSequence()),
    maxWaiting,
  );
  return {
    model,
    chatWrapper: library.resolveChatWrapper(model),
    contextTokens: context.contextSize,
    slots: queue,
    async close() {
      const never = new AbortController().signal;
      await Promise.all(Array.from({ length: slots }, () => queue.acquire(never)));
      await llama.dispose();
    },
  };
}
