// The messages of Cohere's `/v2/chat`: those of a chat, but that a call's result is no part of a turn
// (docs.cohere.com/reference/chat).
import { type BlockWords, type Content, type Turn, turnsOf } from "../from-chat/turns.ts";
import type { Members } from "../untranslatable.ts";

const words: BlockWords = {
  text: (text) => ({ type: "text", text }),
  image: (mediaType, data) => image(`data:${mediaType};base64,${data}`),
  remoteImage: image,
  toolUse: ({ id, name, input }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }),
  toolResult: ({ id, content }) => ({ role: "tool", tool_call_id: id, content }),
};

function image(url: string): object {
  return { type: "image_url", image_url: { url } };
}

export function cohereMessagesOf(members: Members): readonly object[] {
  const { system, turns } = turnsOf(members, words);
  return [
    ...(system.length === 0 ? [] : [{ role: "system", content: system }]),
    ...turns.flatMap(messagesIn),
  ];
}

function messagesIn({ role, content }: Turn): readonly object[] {
  if (typeof content === "string") return [{ role, content }];
  return role === "assistant" ? [saidAndCalled(content)] : resultsAndSaid(content);
}

function saidAndCalled(blocks: readonly object[]): object {
  const [calls, said] = split(blocks, (block) => "function" in block);
  return {
    role: "assistant",
    ...(said.length === 0 ? {} : { content: said }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Results come first: they answer the calls of the turn before. */
function resultsAndSaid(blocks: readonly object[]): readonly object[] {
  const [results, said] = split(blocks, (block) => "role" in block);
  return [...results, ...(said.length === 0 ? [] : [{ role: "user", content: said }])];
}

function split(
  blocks: Exclude<Content, string>,
  isFirst: (block: object) => boolean,
): readonly [readonly object[], readonly object[]] {
  return [blocks.filter((block) => isFirst(block)), blocks.filter((block) => !isFirst(block))];
}
