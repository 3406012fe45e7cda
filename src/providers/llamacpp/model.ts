// A model in memory: its weights once, and a few contexts in which texts are computed together.
import { SlotQueue } from "./slot-queue.ts";
import type { ChatWrapper, LlamaBackend, LlamaModel, LlamaSequence } from "./library.ts";

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

export async function loadModel(backend: LlamaBackend, file: string): Promise<LoadedModel> {
  const model = await backend.loadModel({ modelPath: file }).catch(() => {
    throw new ModelFileError(file);
  });
  try {
    return await openSlots(backend, model);
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

async function openSlots(backend: LlamaBackend, model: LlamaModel): Promise<LoadedModel> {
  const context = await model.createContext({ sequences: slots, contextSize: { max: maxContextTokens } });
  const sequences = Array.from({ length: slots }, () => context.getSequence());
  const queue = new SlotQueue(sequences, maxWaiting);
  return {
    model,
    chatWrapper: backend.resolveChatWrapper(model),
    contextTokens: context.contextSize,
    slots: queue,
    async close() {
      const never = new AbortController().signal;
      await Promise.all(sequences.map(() => queue.acquire(never)));
      await model.dispose();
    },
  };
}
