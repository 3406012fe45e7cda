// The turns of a conversation. A user's turn may hold results of tools, which are messages of their own in a chat.
import {
  objectsAt,
  type Members,
  objectAt,
  requireKnown,
  textAt,
  UntranslatableError,
} from "../untranslatable.ts";

export function chatMessages(messages: readonly unknown[]): readonly object[] {
  const last = messages.length - 1;
  return messages.flatMap((message, index) => {
    const path = `messages[${index}]`;
    const members = objectAt(message, path);
    requireKnown(members, ["role", "content"], path);
    const { role, content } = members;
    if (role === "user") return userMessages(content, `${path}.content`);
    if (role !== "assistant") throw new UntranslatableError(`${path}.role`);
    if (index === last)
      throw new UntranslatableError(
        path,
        "begins an answer that an endpoint of this dialect cannot go on with",
      );
    return [assistantMessage(content, `${path}.content`)];
  });
}

function userMessages(content: unknown, path: string): readonly object[] {
  if (typeof content === "string") return [{ role: "user", content }];
  const messages: object[] = [];
  let parts: object[] = [];
  const endParts = (): void => {
    if (parts.length > 0) messages.push({ role: "user", content: parts });
    parts = [];
  };
  for (const { members, path: at } of objectsAt(content, path)) {
    if (members["type"] === "tool_result") {
      endParts();
      messages.push(toolMessage(members, at));
    } else parts.push(userPart(members, at));
  }
  endParts();
  return messages;
}

function userPart(members: Members, path: string): object {
  if (members["type"] === "text") return textPart(members, path);
  if (members["type"] !== "image") throw new UntranslatableError(`${path}.type`);
  requireKnown(members, ["type", "source", "cache_control"], path);
  const source = objectAt(members["source"], `${path}.source`);
  if (source["type"] === "url") return imagePart(textAt(source["url"], `${path}.source.url`));
  if (source["type"] !== "base64") throw new UntranslatableError(`${path}.source.type`);
  const mediaType = textAt(source["media_type"], `${path}.source.media_type`);
  return imagePart(`data:${mediaType};base64,${textAt(source["data"], `${path}.source.data`)}`);
}

function imagePart(url: string): object {
  return { type: "image_url", image_url: { url } };
}

function textPart(members: Members, path: string): { readonly type: "text"; readonly text: string } {
  requireKnown(members, ["type", "text", "cache_control"], path);
  return { type: "text", text: textAt(members["text"], `${path}.text`) };
}

/** A chat has no word for a tool that failed, so its result says so in words. */
const failedWords = { type: "text", text: "The tool failed:" } as const;

function toolMessage(members: Members, path: string): object {
  requireKnown(members, ["type", "tool_use_id", "content", "is_error", "cache_control"], path);
  const { tool_use_id: id, content = "", is_error: isError } = members;
  const texts = typeof content === "string" ? content : toolParts(content, `${path}.content`);
  const said = typeof texts === "string" ? [{ type: "text", text: texts }] : texts;
  return { role: "tool", tool_call_id: id, content: isError === true ? [failedWords, ...said] : texts };
}

function toolParts(content: unknown, path: string): readonly object[] {
  return objectsAt(content, path).map(({ members, path: at }) => {
    if (members["type"] !== "text") throw new UntranslatableError(`${at}.type`);
    return textPart(members, at);
  });
}

/** A chat's message has its text before its calls. Its thinking may be told where it bears nobody's signature. */
function assistantMessage(content: unknown, path: string): object {
  if (typeof content === "string") return { role: "assistant", content };
  const parts: object[] = [];
  const calls: object[] = [];
  const thoughts: string[] = [];
  for (const { members, path: at } of objectsAt(content, path)) {
    const { type } = members;
    if (type === "thinking") thoughts.push(unsignedThought(members, at));
    else if (type === "tool_use") calls.push(toolCall(members, at));
    else if (type !== "text") throw new UntranslatableError(`${at}.type`);
    else if (calls.length > 0)
      throw new UntranslatableError(at, "follows a call of a tool, which it cannot in a chat");
    else parts.push(textPart(members, at));
  }
  return {
    role: "assistant",
    ...(thoughts.length > 0 ? { reasoning_content: thoughts.join("") } : {}),
    content: parts.length > 0 ? parts : null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

/** A signature is of a provider that would check it; thinking that this translation has made has none. */
function unsignedThought(members: Members, path: string): string {
  requireKnown(members, ["type", "thinking", "signature"], path);
  if ((members["signature"] ?? "") !== "")
    throw new UntranslatableError(path, "is signed by a provider that this model's endpoint is none of");
  return textAt(members["thinking"], `${path}.thinking`);
}

function toolCall(members: Members, path: string): object {
  requireKnown(members, ["type", "id", "name", "input", "cache_control"], path);
  const { id, name, input = {} } = members;
  return { id, type: "function", function: { name, arguments: JSON.stringify(input) } };
}
