// A model inside this process, answering as a server would. Whoever opens it owns its state.
import { setImmediate as nextTurn } from "node:timers/promises";
import { concatBytes, type EndpointId, encodeUtf8 } from "../../base/index.ts";
import { formatSseData } from "../../wire/index.ts";
import { Departure } from "../departure.ts";
import {
  type AnswerHeaders,
  type AnswerReceiver,
  type CallUnderWay,
  type EngineConnection,
  NotPermittedError,
  type UpstreamCall,
  UpstreamError,
} from "../provider.ts";
import { CallLimits } from "./call-limits.ts";
import {
  type AnswerHead,
  formatAnswer,
  formatFirstChunk,
  formatLastChunk,
  formatTextChunk,
  formatUsageChunk,
} from "./chat-answer.ts";
import { type LlamacppRequest, readChatRequest } from "./chat-request.ts";
import { generate, type Piece, type Prompt, renderPrompt } from "./generate.ts";
import type { LoadedModel } from "./model.ts";
import { LocalCall } from "./local-call.ts";
import { formatRefusal, type Refusal, refusals } from "./refusal.ts";

const probeTimeoutMs = 2_000;

/** The model is loaded by the first call or probe, once. What cannot be loaded is tried again by the next. */
export class LlamacppConnection implements EngineConnection {
  readonly #loadModel: () => Promise<LoadedModel>;
  readonly #closing: AbortController = new AbortController();
  readonly #id: EndpointId;
  #loading: Promise<LoadedModel> | null = null;
  #unloading: Promise<void> | null = null;

  constructor(id: EndpointId, load: () => Promise<LoadedModel>) {
    this.#id = id;
    this.#loadModel = load;
  }

  call(call: UpstreamCall, receiver: AnswerReceiver): CallUnderWay {
    const local = new LocalCall();
    void this.#tell(call, receiver, local);
    return local;
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    const limits = new CallLimits(AbortSignal.any([signal, this.#closing.signal]));
    try {
      await limits.within(probeTimeoutMs, "headers_timeout", this.#load(limits.signal));
      return true;
    } catch {
      return false;
    }
  }

  /** It is in this process. */
  async isSilent(): Promise<boolean> {
    return false;
  }

  async drain(): Promise<void> {
    await this.#loading?.catch(() => null);
    // Calls that waited for the model take their place before those who unload it, which is when all slots are free.
    await nextTurn();
    await this.#unload();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#unload();
  }

  /** Unloads once: two that wait for all slots would wait for each other. */
  #unload(): Promise<void> {
    this.#unloading ??= (async () => (await this.#loading?.catch(() => null))?.close())();
    return this.#unloading;
  }

  async #load(signal: AbortSignal): Promise<LoadedModel> {
    signal.throwIfAborted();
    this.#loading ??= this.#loadModel();
    try {
      return await this.#loading;
    } catch (cause) {
      this.#loading = null;
      throw new UpstreamError("unreachable", { cause });
    }
  }

  async #tell(call: UpstreamCall, receiver: AnswerReceiver, local: LocalCall): Promise<void> {
    const limits = new CallLimits(AbortSignal.any([local.signal, this.#closing.signal]));
    const departure = new Departure(this.#id, call);
    try {
      const answer = this.#answer(call, limits, departure);
      const { status, headers, body } = await limits.within(call.headersTimeoutMs, "headers_timeout", answer);
      await local.tell(() => receiver.onHead(status, headers));
      for await (const text of body) await local.tell(() => receiver.onBytes(encodeUtf8(text)));
      await local.tell(() => receiver.onEnd());
    } catch (error) {
      if (local.signal.aborted) return;
      receiver.onFailure(
        error instanceof NotPermittedError ? error : upstreamError(error, departure.hasLeft),
      );
    }
  }

  async #answer(call: UpstreamCall, limits: CallLimits, departure: Departure): Promise<LocalAnswer> {
    const loaded = await this.#load(limits.signal);
    const request = readChatRequest(concatBytes(call.body));
    if (!request.ok) return refuse({ ...refusals.invalidRequest, ...request.error });
    const prompt = renderPrompt(loaded, request.value.history);
    const room = loaded.contextTokens - prompt.tokens.length;
    if (room < 1) return refuse(refusals.contextExceeded);
    if (loaded.slots.isFull) return refuse(refusals.overloaded);
    const { sampling, stop, maxTokens } = request.value;
    const pieces = generate(loaded, {
      prompt,
      sampling,
      stop,
      maxTokens: Math.min(room, maxTokens ?? room),
      signal: limits.signal,
      departure,
    });
    const head = headOf(call, request.value, prompt);
    return call.isStream ? stream(call, limits, chunksOf(head, pieces)) : await whole(head, pieces);
  }
}

interface LocalAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Computed no faster than it is taken. */
  readonly body: AsyncIterable<string> | Iterable<string>;
}

function headOf(
  { requestId }: UpstreamCall,
  { model, includesUsage }: LlamacppRequest,
  prompt: Prompt,
): AnswerHead {
  return {
    id: `chatcmpl-${requestId}`,
    model,
    createdS: Math.floor(Date.now() / 1000),
    promptTokens: prompt.tokens.length,
    includesUsage,
  };
}

async function whole(head: AnswerHead, pieces: AsyncIterable<Piece>): Promise<LocalAnswer> {
  let content = "";
  let body = "";
  for await (const piece of pieces) {
    if (piece.kind === "text") content += piece.text;
    else body = formatAnswer(head, content, piece);
  }
  return { status: 200, headers: { "content-type": "application/json" }, body: [body] };
}

/** The first chunk comes with the first token, so that a call that yields none is still an error with a status. */
async function* chunksOf(head: AnswerHead, pieces: AsyncIterable<Piece>): AsyncGenerator<string, void> {
  let isFirst = true;
  for await (const piece of pieces) {
    if (isFirst) yield formatFirstChunk(head);
    isFirst = false;
    if (piece.kind === "text") {
      if (piece.text !== "") yield formatTextChunk(head, piece.text);
      continue;
    }
    yield formatLastChunk(head, piece);
    if (head.includesUsage) yield formatUsageChunk(head, piece);
    yield "[DONE]";
  }
}

async function stream(
  { idleTimeoutMs }: UpstreamCall,
  limits: CallLimits,
  chunks: AsyncGenerator<string, void>,
): Promise<LocalAnswer> {
  // A generation that nobody reads from waits at its last token; this is what makes it leave its slot. Its own
  // failure is heard by whoever waits for the chunk.
  limits.signal.addEventListener("abort", () => void chunks.return().catch(() => undefined), { once: true });
  const body = eventsOf(await chunks.next(), () => limits.within(idleTimeoutMs, "stalled", chunks.next()));
  return { status: 200, headers: { "content-type": "text/event-stream" }, body };
}

async function* eventsOf(
  first: IteratorResult<string, void>,
  more: () => Promise<IteratorResult<string, void>>,
): AsyncGenerator<string, void> {
  for (let next = first; !next.done; next = await more()) yield formatSseData(next.value);
}

function refuse(refusal: Refusal): LocalAnswer {
  const headers = { "content-type": "application/json", ...refusal.headers };
  return { status: refusal.status, headers, body: [formatRefusal(refusal)] };
}

/** What llama.cpp says of a failure can quote the text, so only its class is kept. */
function upstreamError(error: unknown, mayHaveArrived: boolean): UpstreamError {
  if (error instanceof UpstreamError) {
    return new UpstreamError(error.failure, { cause: error.cause, mayHaveArrived });
  }
  return new UpstreamError("broken", {
    cause: error instanceof Error ? error.name : undefined,
    mayHaveArrived,
  });
}
