// A chat's answer as a response: a list of items, told one after the other (developers.openai.com/api/reference/resources/responses).
import { isObject } from "../../../base/index.ts";
import type { CallPiece, ChatPiece } from "../../openai/chat-piece.ts";
import { formatSseEvent } from "../../sse.ts";
import type { AnswerFacts } from "../../translation.ts";
import type { TokenUsage } from "../../token-usage.ts";
import type { Teller } from "../retold-chat.ts";
import type { Members } from "../untranslatable.ts";
import { callItem, type Item, reasoningItem, textItem } from "./output-items.ts";

export class ResponseTeller implements Teller {
  readonly #asked: Members;
  readonly #items: Item[] = [];
  /** What the open item is: `reasoning`, `message`, or a call by its index. */
  #open: string | number | null = null;
  #events = 0;
  #incomplete: "max_output_tokens" | "content_filter" | null = null;

  /** `asked`: the request's members, some of which a response says again. */
  constructor(asked: Members) {
    this.#asked = asked;
  }

  whole(piece: ChatPiece, facts: AnswerFacts): object | null {
    if (this.piece(piece, facts) === null) return null;
    this.#closeItem();
    return this.#response(facts, this.#status());
  }

  piece(piece: ChatPiece, facts: AnswerFacts): readonly string[] | null {
    const events = this.#events === 0 ? this.#begin(facts) : [];
    if (piece.finish === "length") this.#incomplete = "max_output_tokens";
    if (piece.finish === "content_filter") this.#incomplete = "content_filter";
    const prefix = facts.callId ?? "unnamed";
    if (piece.reasoning !== "") {
      events.push(...this.#openItem("reasoning", () => reasoningItem(`rs_${prefix}`)));
      events.push(...this.#tell(piece.reasoning));
    }
    for (const kind of ["text", "refusal"] as const) {
      if (piece[kind] === "") continue;
      events.push(...this.#openItem(kind, () => textItem(kind, `msg_${prefix}_${this.#items.length}`)));
      events.push(...this.#tell(piece[kind]));
    }
    for (const call of piece.calls) {
      const told = this.#call(call, prefix);
      if (told === null) return null;
      events.push(...told);
    }
    return events;
  }

  end(facts: AnswerFacts): readonly string[] {
    const begun = this.#events === 0 ? this.#begin(facts) : [];
    const closed = this.#closeItem();
    const status = this.#status();
    return [
      ...begun,
      ...closed,
      this.#event(`response.${status}`, { response: this.#response(facts, status) }),
    ];
  }

  #begin(facts: AnswerFacts): string[] {
    const response = this.#response({ ...facts, usage: null }, "in_progress");
    return ["response.created", "response.in_progress"].map((type) => this.#event(type, { response }));
  }

  /** A call's name and id come with its first piece. Calls that come by turns have no form here. */
  #call({ index, id, name, arguments: json }: CallPiece, prefix: string): readonly string[] | null {
    const events: string[] = [];
    if (this.#open !== index) {
      if (id === null || name === null) return null;
      const called = { id: `fc_${prefix}_${this.#items.length}`, callId: id, name };
      events.push(...this.#openItem(index, () => callItem(called)));
    }
    if (json !== "") events.push(...this.#tell(json));
    return events;
  }

  #openItem(which: string | number, make: () => Item): readonly string[] {
    if (this.#open === which) return [];
    const closed = this.#closeItem();
    const item = make();
    this.#open = which;
    this.#items.push(item);
    return [...closed, ...item.opening().map((event) => this.#itemEvent(event))];
  }

  #closeItem(): readonly string[] {
    if (this.#open === null) return [];
    this.#open = null;
    return (this.#items.at(-1)?.closing() ?? []).map((event) => this.#itemEvent(event));
  }

  #tell(text: string): readonly string[] {
    const told = this.#items.at(-1)?.tell(text);
    return told ? [this.#itemEvent(told)] : [];
  }

  #itemEvent({ type, ...members }: { readonly type: string }): string {
    return this.#event(type, { output_index: this.#items.length - 1, ...members });
  }

  #event(type: string, members: object): string {
    return formatSseEvent(type, JSON.stringify({ type, sequence_number: this.#events++, ...members }));
  }

  #status(): "completed" | "incomplete" {
    return this.#incomplete === null ? "completed" : "incomplete";
  }

  #response({ callId, model, usage, body }: AnswerFacts, status: string): object {
    const isOver = status !== "in_progress";
    return {
      id: `resp_${callId ?? "unnamed"}`,
      object: "response",
      created_at: createdAt(body),
      status,
      error: null,
      incomplete_details: isOver && this.#incomplete !== null ? { reason: this.#incomplete } : null,
      model: model ?? "",
      output: isOver ? this.#items.map((item) => item.whole()) : [],
      ...saidAgain(this.#asked),
      previous_response_id: null,
      truncation: "disabled",
      usage: isOver ? usageOf(usage) : null,
    };
  }
}

function createdAt(body: unknown): number {
  const created = isObject(body) ? body["created"] : null;
  return typeof created === "number" ? created : 0;
}

/** What a response repeats of its request, with the defaults of the dialect. */
function saidAgain(asked: Members): object {
  return {
    instructions: asked["instructions"] ?? null,
    max_output_tokens: asked["max_output_tokens"] ?? null,
    metadata: asked["metadata"] ?? {},
    parallel_tool_calls: asked["parallel_tool_calls"] ?? true,
    reasoning: asked["reasoning"] ?? { effort: null, summary: null },
    store: asked["store"] ?? false,
    temperature: asked["temperature"] ?? null,
    text: asked["text"] ?? { format: { type: "text" } },
    tool_choice: asked["tool_choice"] ?? "auto",
    tools: asked["tools"] ?? [],
    top_p: asked["top_p"] ?? null,
  };
}

function usageOf(usage: TokenUsage | null): object | null {
  if (usage === null) return null;
  const { promptTokens, completionTokens, cachedTokens } = usage;
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens ?? 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}
