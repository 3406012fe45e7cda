// An answer of a server of OpenAI's chats, told in another dialect: the chat is read once and for all here, and a teller
// finds the words.
import { encodeUtf8, fail, isObject, ok, type Result } from "../../base/index.ts";
import { chatAnswers } from "../openai/answer.ts";
import { type ChatPiece, readPiece } from "../openai/chat-piece.ts";
import type { SseEvent } from "../sse.ts";
import type { AnswerFacts, AnswerFault, AnswerTranslator } from "../translation.ts";
import { SameChoices } from "./same-choices.ts";

/** Owner: one answer. Null from any of these: it holds what the other dialect has no form for. */
export interface Teller {
  whole(piece: ChatPiece, facts: AnswerFacts): object | null;
  /** The events of one piece, framed. */
  piece(piece: ChatPiece, facts: AnswerFacts): readonly string[] | null;
  /** The last ones, once all has been said. */
  end(facts: AnswerFacts): readonly string[];
}

export class RetoldChat implements AnswerTranslator {
  readonly #teller: Teller;
  readonly #source = new SameChoices({ names: chatAnswers, hidesUsage: false, answers: 1 });
  #hasFinished = false;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  get facts(): AnswerFacts {
    return this.#source.facts;
  }

  get isClosed(): boolean {
    return this.#source.isClosed;
  }

  whole(bytes: Uint8Array): Result<Uint8Array, AnswerFault> {
    const read = this.#source.whole(bytes);
    if (!read.ok) return read;
    const piece = readPiece(choicesOf(this.facts.body)[0], "message");
    const told = piece && piece.finish !== null && this.#teller.whole(piece, this.facts);
    return told ? ok(encodeUtf8(JSON.stringify(told))) : fail("garbage");
  }

  push(event: SseEvent): Result<string, AnswerFault> {
    if (this.isClosed) return ok("");
    const read = this.#source.push(event);
    if (!read.ok) return read;
    // A chunk that holds counts alone, or what is no chunk, says nothing.
    const [choice] = this.isClosed ? [] : choicesOf(this.facts.body);
    if (choice === undefined) return ok("");
    const piece = readPiece(choice, "delta");
    this.#hasFinished ||= piece !== null && piece.finish !== null;
    const told = piece && this.#teller.piece(piece, this.facts);
    return told ? ok(told.join("")) : fail("garbage");
  }

  /** No end is made up: `[DONE]` alone says not why an answer ended, and one cut short must not look whole. */
  end(): Result<string, "broken"> {
    const read = this.#source.end();
    if (!read.ok) return read;
    return this.#hasFinished ? ok(this.#teller.end(this.facts).join("")) : fail("broken");
  }
}

function choicesOf(body: unknown): readonly unknown[] {
  const choices = isObject(body) ? body["choices"] : null;
  return Array.isArray(choices) ? choices : [];
}
