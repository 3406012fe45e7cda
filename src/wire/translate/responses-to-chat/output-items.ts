// The items of a response, and the events by which each is told.

export type ItemEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Owner: one response. */
export interface Item {
  opening(): readonly ItemEvent[];
  /** One more piece of what it says. */
  tell(piece: string): ItemEvent;
  closing(): readonly ItemEvent[];
  /** As it stands in the finished response. */
  whole(): object;
}

interface Part {
  /** Of the item, beside its parts and status. */
  readonly head: object;
  readonly id: string;
  readonly kind: "output_text" | "refusal" | "reasoning_text";
  readonly make: (said: string) => object;
}

export function textItem(kind: "text" | "refusal", id: string): Item {
  const head = { id, type: "message", role: "assistant" };
  if (kind === "refusal")
    return new PartItem({ head, id, kind, make: (refusal) => ({ type: "refusal", refusal }) });
  return new PartItem({ head, id, kind: "output_text", make: outputText });
}

function outputText(text: string): object {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

export function reasoningItem(id: string): Item {
  const head = { id, type: "reasoning", summary: [] };
  return new PartItem({
    head,
    id,
    kind: "reasoning_text",
    make: (text) => ({ type: "reasoning_text", text }),
  });
}

/** One part of text inside an item. */
class PartItem implements Item {
  readonly #part: Part;
  #said = "";

  constructor(part: Part) {
    this.#part = part;
  }

  opening(): readonly ItemEvent[] {
    const { head, make } = this.#part;
    return [
      { type: "response.output_item.added", item: { ...head, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...this.#at(), part: make("") },
    ];
  }

  tell(piece: string): ItemEvent {
    this.#said += piece;
    const { kind } = this.#part;
    const more = kind === "output_text" ? { logprobs: [] } : {};
    return { type: `response.${kind}.delta`, ...this.#at(), delta: piece, ...more };
  }

  closing(): readonly ItemEvent[] {
    const { kind, make } = this.#part;
    const said = kind === "refusal" ? { refusal: this.#said } : { text: this.#said };
    const more = kind === "output_text" ? { logprobs: [] } : {};
    return [
      { type: `response.${kind}.done`, ...this.#at(), ...said, ...more },
      { type: "response.content_part.done", ...this.#at(), part: make(this.#said) },
      { type: "response.output_item.done", item: this.whole() },
    ];
  }

  whole(): object {
    const { head, make } = this.#part;
    return { ...head, status: "completed", content: [make(this.#said)] };
  }

  #at(): object {
    return { item_id: this.#part.id, content_index: 0 };
  }
}

interface Called {
  readonly id: string;
  readonly callId: string;
  readonly name: string;
}

export function callItem(called: Called): Item {
  return new CallItem(called);
}

class CallItem implements Item {
  readonly #called: Called;
  #json = "";

  constructor(called: Called) {
    this.#called = called;
  }

  opening(): readonly ItemEvent[] {
    return [{ type: "response.output_item.added", item: this.#item("in_progress") }];
  }

  tell(piece: string): ItemEvent {
    this.#json += piece;
    return { type: "response.function_call_arguments.delta", item_id: this.#called.id, delta: piece };
  }

  closing(): readonly ItemEvent[] {
    const { id, name } = this.#called;
    const done = { item_id: id, name, arguments: this.#json };
    return [
      { type: "response.function_call_arguments.done", ...done },
      { type: "response.output_item.done", item: this.whole() },
    ];
  }

  whole(): object {
    return this.#item("completed");
  }

  #item(status: string): object {
    const { id, callId, name } = this.#called;
    return { id, type: "function_call", status, call_id: callId, name, arguments: this.#json };
  }
}
