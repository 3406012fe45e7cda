// The turns of a conversation. Messages of a chat that one side says one after the other are one turn here, and results of
// tools are part of the user's.
import { isObject } from "../../../base/index.ts";
import { parseExactObject } from "../../exact-json.ts";
import {
  listAt,
  objectsAt,
  type Members,
  objectAt,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";

/** What a dialect calls the parts of a turn. */
export interface BlockWords {
  text(text: string): object;
  /** Of a data URL: `data` is base64. */
  image(mediaType: string, data: string, path: string): object;
  /** One to be fetched; `path` names it. */
  remoteImage(url: string, path: string): object;
  toolUse(call: ToolUse): object;
  toolResult(result: ToolResult, path: string): object;
}

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: object;
  /** Its maker's signature, which no other model can check: another than its maker is not told it. */
  readonly signature: string | null;
}

export interface ToolResult {
  readonly id: string;
  readonly content: Content;
}

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Content;
}

/** A text may stand for a block of it. */
export type Content = string | readonly object[];

export interface Turns {
  /** Empty where there is none. */
  readonly system: Content;
  /** INVARIANT: no two of one side stand next to each other, and the last is the user's. */
  readonly turns: readonly Turn[];
}

export function turnsOf(members: Members, words: BlockWords): Turns {
  return new TurnReader(words).read(listAt(members["messages"], "messages"));
}

export function blocksOf(content: Content, words: BlockWords): readonly object[] {
  return typeof content === "string" ? [words.text(content)] : content;
}

class TurnReader {
  readonly #words: BlockWords;

  constructor(words: BlockWords) {
    this.#words = words;
  }

  read(messages: readonly unknown[]): Turns {
    const first = messages.findIndex((message) => !isSystem(message));
    const told = first === -1 ? messages.length : first;
    const system = messages.slice(0, told).map((message, at) => this.#system(message, `messages[${at}]`));
    const turns = this.#merged(
      messages.slice(told).map((message, at) => this.#turn(message, `messages[${told + at}]`)),
    );
    if (turns.length === 0) throw new UntranslatableError("messages", "needs a turn of the user's");
    if (turns.at(-1)?.role === "assistant")
      throw new UntranslatableError(
        `messages[${messages.length - 1}]`,
        "is the model's own, which an endpoint of this dialect would go on with; end with a turn of the user's",
      );
    const [only = "", ...others] = system;
    return { system: others.length === 0 ? only : system.flatMap((each) => this.#blocks(each)), turns };
  }

  #blocks(content: Content): readonly object[] {
    return blocksOf(content, this.#words);
  }

  #system(message: unknown, path: string): Content {
    const members = objectAt(message, path);
    requireKnown(members, ["role", "content"], path);
    return this.#texts(members["content"], `${path}.content`);
  }

  /** One that says nothing is none. */
  #merged(turns: readonly Turn[]): readonly Turn[] {
    const kept: Turn[] = [];
    for (const turn of turns.filter(({ content }) => content.length > 0)) {
      const last = kept.at(-1);
      if (last?.role !== turn.role) kept.push(turn);
      else
        kept[kept.length - 1] = {
          ...turn,
          content: [...this.#blocks(last.content), ...this.#blocks(turn.content)],
        };
    }
    return kept;
  }

  #turn(message: unknown, path: string): Turn {
    const members = objectAt(message, path);
    const { role } = members;
    if (role === "assistant") return { role, content: this.#assistant(members, path) };
    if (role === "tool") return { role: "user", content: [this.#toolResult(members, path)] };
    if (role === "system" || role === "developer")
      throw new UntranslatableError(`${path}.role`, "must come before all turns at the model's endpoint");
    if (role !== "user") throw new UntranslatableError(`${path}.role`);
    requireKnown(members, ["role", "content"], path);
    return { role, content: this.#user(members["content"], `${path}.content`) };
  }

  #user(content: unknown, path: string): Content {
    if (typeof content === "string") return content;
    return objectsAt(content, path).map(({ members, path: at }) =>
      members["type"] === "image_url" ? this.#image(members, at) : this.#words.text(partText(members, at)),
    );
  }

  #texts(content: unknown, path: string): Content {
    if (typeof content === "string") return content;
    return objectsAt(content, path).map(({ members, path: at }) => this.#words.text(partText(members, at)));
  }

  /** A picture comes with the request; another address than a data URL is one that the policy lets an engine fetch from. */
  #image(members: Members, path: string): object {
    requireKnown(members, ["type", "image_url"], path);
    const { url, detail = "auto", ...others } = objectAt(members["image_url"], `${path}.image_url`);
    requireKnown(others, [], `${path}.image_url`);
    if (detail !== "auto") throw new UntranslatableError(`${path}.image_url.detail`);
    const at = `${path}.image_url.url`;
    const address = textAt(url, at);
    if (!/^data:/i.test(address)) return this.#words.remoteImage(address, at);
    const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/is.exec(address) ?? [];
    if (mediaType === undefined || data === undefined)
      throw new UntranslatableError(at, "must be a data URL with a media type, in base64");
    return this.#words.image(mediaType, data, at);
  }

  #toolResult(members: Members, path: string): object {
    requireKnown(members, ["role", "tool_call_id", "content"], path);
    const id = textAt(members["tool_call_id"], `${path}.tool_call_id`);
    return this.#words.toolResult({ id, content: this.#texts(members["content"], `${path}.content`) }, path);
  }

  /** Thinking is left out: other dialects take it back only with the signature of who thought it, which a chat has no place for. */
  #assistant(message: Members, path: string): Content {
    const { annotations = [], ...members } = message;
    requireKnown(members, assistantMembers, path);
    if (listAt(annotations, `${path}.annotations`).length > 0)
      throw new UntranslatableError(`${path}.annotations`);
    const { content = "", refusal = "", tool_calls: calls = [] } = members;
    const said = this.#said(content, `${path}.content`);
    const refused = textAt(refusal, `${path}.refusal`);
    const uses = listAt(calls, `${path}.tool_calls`).map((call, index) =>
      this.#words.toolUse(readToolUse(call, `${path}.tool_calls[${index}]`)),
    );
    if (refused === "" && uses.length === 0) return said;
    const texts = [said, refused].filter((text) => text.length > 0);
    return [...texts.flatMap((text) => this.#blocks(text)), ...uses];
  }

  /** An empty text, which other dialects do not take, says nothing. */
  #said(content: unknown, path: string): Content {
    if (typeof content === "string") return content;
    const texts = objectsAt(content, path).map(({ members, path: at }) =>
      members["type"] === "refusal" ? textAt(members["refusal"], `${at}.refusal`) : partText(members, at),
    );
    return texts.filter((text) => text !== "").map((text) => this.#words.text(text));
  }
}

const assistantMembers = [
  "role",
  "content",
  "refusal",
  "tool_calls",
  "reasoning_content",
  "reasoning",
] as const;

function isSystem(message: unknown): boolean {
  return isObject(message) && (message["role"] === "system" || message["role"] === "developer");
}

function partText(members: Members, path: string): string {
  if (members["type"] !== "text") throw new UntranslatableError(`${path}.type`);
  requireKnown(members, ["type", "text"], path);
  return textAt(members["text"], `${path}.text`);
}

function readToolUse(call: unknown, path: string): ToolUse {
  const members = objectAt(call, path);
  const { type = "function", id, index: _index, extra_content: extra, ...others } = members;
  if (type !== "function") throw new UntranslatableError(`${path}.type`);
  requireKnown(others, ["function"], path);
  const called = objectAt(others["function"], `${path}.function`);
  requireKnown(called, ["name", "arguments"], `${path}.function`);
  const json = textAt(called["arguments"] ?? "", `${path}.function.arguments`);
  const input = json === "" ? {} : parseExactObject(json);
  if (input === null)
    throw new UntranslatableError(`${path}.function.arguments`, "must be the text of a JSON object");
  return {
    id: textAt(id, `${path}.id`),
    name: textAt(called["name"], `${path}.function.name`),
    input,
    signature: signatureIn(extra),
  };
}

/** As Google's servers of OpenAI's dialect tell it and take it back (ai.google.dev/gemini-api/docs/thought-signatures). */
function signatureIn(extra: unknown): string | null {
  const google = isObject(extra) ? extra["google"] : null;
  const signature = isObject(google) ? google["thought_signature"] : null;
  return typeof signature === "string" ? signature : null;
}
