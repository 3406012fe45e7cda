// A realtime session of a simulated engine: what is said comes back as text, in OpenAI's events. Sound is taken, and not heard.
import type { WebSocket } from "ws";
import { isObject, parseJson } from "../../../base/index.ts";
import { composeAnswer } from "../answer.ts";
import type { EngineParts } from "../completion.ts";
import type { Fault } from "../fault.ts";
import { renderPrompt } from "../tokens.ts";
import { spend } from "../timing.ts";

type Members = Readonly<Record<string, unknown>>;

const limits = { minTokens: 0, maxTokens: null, ignoresEnd: false, stop: [] };

export class SimulatedSession {
  readonly #webSocket: WebSocket;
  readonly #engine: EngineParts;
  readonly #fault: Fault;
  readonly #left = new AbortController();
  readonly #items: Members[] = [];
  #session: Members;
  #events = 0;

  constructor(webSocket: WebSocket, engine: EngineParts, fault: Fault) {
    this.#webSocket = webSocket;
    this.#engine = engine;
    this.#fault = fault;
    this.#session = { object: "realtime.session", type: "realtime", model: engine.model };
  }

  begin(): void {
    this.#webSocket.on("error", () => undefined);
    this.#webSocket.on("close", () => this.#left.abort());
    this.#webSocket.on("message", (data: Buffer) => this.#hear(parseJson(String(data))));
    this.#say({ type: "session.created", session: this.#session });
  }

  #hear(event: unknown): void {
    if (!isObject(event)) return this.#webSocket.close(1003);
    const { type, session, item, event_id: about } = event;
    if (type === "session.update" && isObject(session)) {
      this.#session = { ...this.#session, ...session };
      this.#say({ type: "session.updated", session: this.#session });
    } else if (type === "conversation.item.create" && isObject(item)) {
      this.#items.push(item);
      this.#say({ type: "conversation.item.added", item });
      this.#say({ type: "conversation.item.done", item });
    } else if (type === "response.create") void this.#respond().catch(() => this.#webSocket.terminate());
    else if (type === "input_audio_buffer.commit") this.#say({ type: "input_audio_buffer.committed" });
    else if (type !== "input_audio_buffer.append")
      this.#say({ type: "error", error: { type: "invalid_request_error", event_id: about ?? null } });
  }

  async #respond(): Promise<void> {
    const { name, place, timing, scheduler } = this.#engine;
    const prompt = renderPrompt(this.#items, this.#session["tools"]);
    const response = { object: "realtime.response", id: `resp_${this.#events}`, status: "in_progress" };
    this.#say({ type: "response.created", response });
    const sequence = await scheduler.admit(prompt, timing, this.#left.signal);
    try {
      const { tokens } = composeAnswer(`This is ${name}, a simulated engine in ${place}.`, prompt, limits);
      for (const delta of tokens) {
        await spend(timing.decodeMsPerToken, this.#left.signal);
        this.#say({ type: "response.output_text.delta", response_id: response.id, delta });
      }
      this.#say({ type: "response.output_text.done", response_id: response.id, text: tokens.join("") });
      const usage = {
        input_tokens: prompt.length,
        input_token_details: { cached_tokens: sequence.cachedTokens },
        output_tokens: tokens.length,
        total_tokens: prompt.length + tokens.length,
      };
      this.#say({ type: "response.done", response: { ...response, status: "completed", usage } });
    } finally {
      sequence.free();
    }
  }

  /** From the fault on nothing more is said. */
  #say(event: Members): void {
    const { mode, after } = this.#fault;
    const sound = after ?? 0;
    if (this.#events >= sound && mode === "hang") return;
    if (this.#events >= sound && mode === "cut") return this.#webSocket.terminate();
    this.#events++;
    this.#webSocket.send(JSON.stringify({ event_id: `event_${this.#events}`, ...event }));
  }
}
