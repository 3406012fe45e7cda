// What a simulated engine does with its time and its memory. Whoever opens it owns its state.
import { PrefixCache } from "./prefix-cache.ts";
import { prefillMs, spend, type Timing } from "./timing.ts";
import { blockKeys, blockTokens, type Tokens } from "./tokens.ts";

/** As vLLM counts them. */
export interface EngineCounts {
  /** In the queue for prefill. */
  waiting: number;
  /** In prefill or decoding. */
  running: number;
  /** Blocks held by running requests; cached blocks that nobody uses count as free. */
  heldBlocks: number;
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
}

export class Scheduler {
  readonly counts: EngineCounts = {
    waiting: 0,
    running: 0,
    heldBlocks: 0,
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
  };
  readonly #cache: PrefixCache;
  #queue: Promise<void> = Promise.resolve();

  constructor(capacityBlocks: number) {
    this.#cache = new PrefixCache(capacityBlocks);
  }

  /** Waits for its turn and prefills; from then on others hit the prompt's blocks. End it with {@link Sequence.free}. */
  async admit(prompt: Tokens, timing: Timing, signal: AbortSignal): Promise<Sequence> {
    const keys = blockKeys(prompt);
    const leaveQueue = await this.#enterQueue(signal);
    // At least the last token is computed anew, or there would be nothing to sample from; vLLM does the same.
    const cachedBlocks = Math.min(this.#cache.match(keys), Math.floor((prompt.length - 1) / blockTokens));
    const sequence = new Sequence(prompt, cachedBlocks * blockTokens, this.#cache, this.counts);
    try {
      await spend(prefillMs(timing, prompt.length - sequence.cachedTokens), signal);
      this.#cache.keep(keys);
      return sequence;
    } catch (error) {
      sequence.free();
      throw error;
    } finally {
      leaveQueue();
    }
  }

  async #enterQueue(signal: AbortSignal): Promise<() => void> {
    const turn = this.#queue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = promise;
    this.counts.waiting++;
    try {
      await untilTurn(turn, signal);
      return resolve;
    } catch (error) {
      // Those behind still have to wait for those in front.
      void turn.then(resolve);
      throw error;
    } finally {
      this.counts.waiting--;
    }
  }
}

/** One request that has the engine's attention. */
export class Sequence {
  readonly cachedTokens: number;
  readonly #prompt: Tokens;
  readonly #cache: PrefixCache;
  readonly #counts: EngineCounts;
  #heldBlocks = 0;
  #answerTokens = 0;

  constructor(prompt: Tokens, cachedTokens: number, cache: PrefixCache, counts: EngineCounts) {
    this.cachedTokens = cachedTokens;
    this.#prompt = prompt;
    this.#cache = cache;
    this.#counts = counts;
    counts.running++;
    counts.promptTokens += prompt.length;
    counts.cachedTokens += cachedTokens;
    this.#hold(prompt.length);
  }

  /** Takes the time of one more token of the answer. */
  async decode(timing: Timing, signal: AbortSignal): Promise<void> {
    await spend(timing.decodeMsPerToken, signal);
    this.#answerTokens++;
    this.#counts.generatedTokens++;
    this.#hold(this.#prompt.length + this.#answerTokens);
  }

  /** The answer is part of the next turn's prompt, so its blocks are kept too. */
  keep(answer: Tokens): void {
    this.#cache.keep(blockKeys([...this.#prompt, ...answer]));
  }

  free(): void {
    this.#counts.running--;
    this.#hold(0);
  }

  #hold(tokens: number): void {
    const blocks = Math.ceil(tokens / blockTokens);
    this.#counts.heldBlocks += blocks - this.#heldBlocks;
    this.#heldBlocks = blocks;
  }
}

async function untilTurn(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", leave, { once: true });
  try {
    await Promise.race([turn, left.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
