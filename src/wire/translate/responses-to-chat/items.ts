// The items of a conversation. What one turn of a model said is several items here, and one message in a chat.
import {
  listAt,
  objectsAt,
  type Members,
  objectAt,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";

interface ChatMessage {
  readonly role: string;
  reasoning_content?: string;
  content?: unknown;
  tool_calls?: object[];
  readonly tool_call_id?: unknown;
}

export function chatItems(items: readonly unknown[]): readonly object[] {
  const messages: ChatMessage[] = [];
  for (const [index, item] of items.entries()) {
    const path = `input[${index}]`;
    const members = objectAt(item, path);
    const { type = "message" } = members;
    if (type === "message") addMessage(messages, members, path);
    else if (type === "function_call") addCall(messages, members, path);
    else if (type === "function_call_output") messages.push(toolMessage(members, path));
    else if (type === "reasoning") addReasoning(messages, members, path);
    else throw new UntranslatableError(`${path}.type`);
  }
  return messages.map((message) => (message.role === "assistant" ? { content: null, ...message } : message));
}

const roles: readonly unknown[] = ["user", "assistant", "system", "developer"];

function addMessage(messages: ChatMessage[], members: Members, path: string): void {
  requireKnown(members, ["type", "role", "content", "id", "status"], path);
  const { role, content } = members;
  if (!roles.includes(role)) throw new UntranslatableError(`${path}.role`);
  const said = typeof content === "string" ? content : listAt(content, `${path}.content`).map(partIn(path));
  const open = messages.at(-1);
  // The thoughts before it are of the same turn.
  if (role === "assistant" && open?.role === "assistant" && open.content === undefined && !open.tool_calls)
    open.content = said;
  else messages.push({ role: String(role), content: said });
}

function partIn(path: string): (part: unknown, index: number) => object {
  return (part, index) => chatPart(part, `${path}.content[${index}]`);
}

function chatPart(part: unknown, path: string): object {
  const members = objectAt(part, path);
  const { type, text, annotations = [], logprobs = [] } = members;
  if (type === "input_text" || type === "output_text") {
    requireKnown(members, ["type", "text", "annotations", "logprobs"], path);
    // Where a text came from, and how sure it was, is of no use to a model that goes on with it; but a chat has no place for it.
    if (listAt(annotations, path).length > 0) throw new UntranslatableError(`${path}.annotations`);
    if (listAt(logprobs, path).length > 0) throw new UntranslatableError(`${path}.logprobs`);
    return { type: "text", text: textAt(text, `${path}.text`) };
  }
  if (type === "refusal") return { type, refusal: textAt(members["refusal"], `${path}.refusal`) };
  if (type !== "input_image") throw new UntranslatableError(`${path}.type`);
  requireKnown(members, ["type", "image_url", "detail"], path);
  const { image_url: url, detail } = members;
  return {
    type: "image_url",
    image_url: { url: textAt(url, `${path}.image_url`), ...(detail === undefined ? {} : { detail }) },
  };
}

function addCall(messages: ChatMessage[], members: Members, path: string): void {
  requireKnown(members, ["type", "call_id", "name", "arguments", "id", "status"], path);
  const { call_id: id, name, arguments: json } = members;
  const message = turnOf(messages);
  message.tool_calls = [
    ...(message.tool_calls ?? []),
    { id, type: "function", function: { name, arguments: textAt(json, `${path}.arguments`) } },
  ];
}

/** The model's turn that is under way. */
function turnOf(messages: ChatMessage[]): ChatMessage {
  const last = messages.at(-1);
  if (last?.role === "assistant") return last;
  const turn: ChatMessage = { role: "assistant" };
  messages.push(turn);
  return turn;
}

function toolMessage(members: Members, path: string): ChatMessage {
  requireKnown(members, ["type", "call_id", "output", "id", "status"], path);
  const { call_id: id, output } = members;
  if (typeof output === "string") return { role: "tool", tool_call_id: id, content: output };
  const content = listAt(output, `${path}.output`).map((part, index) => {
    const at = `${path}.output[${index}]`;
    if (objectAt(part, at)["type"] !== "input_text") throw new UntranslatableError(`${at}.type`);
    return chatPart(part, at);
  });
  return { role: "tool", tool_call_id: id, content };
}

/** Thoughts in plain text may be told to the model again. Those that are encrypted only their maker can read. */
function addReasoning(messages: ChatMessage[], members: Members, path: string): void {
  requireKnown(members, ["type", "id", "status", "summary", "content"], path);
  const { summary = [], content = [] } = members;
  if (listAt(summary, `${path}.summary`).length > 0) throw new UntranslatableError(`${path}.summary`);
  const thoughts = objectsAt(content, `${path}.content`).map(({ members: { type, text }, path: at }) => {
    if (type !== "reasoning_text") throw new UntranslatableError(`${at}.type`);
    return textAt(text, `${at}.text`);
  });
  messages.push({ role: "assistant", reasoning_content: thoughts.join("") });
}
