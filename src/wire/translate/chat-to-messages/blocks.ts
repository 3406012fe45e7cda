// The blocks of a message (platform.claude.com/docs/en/api/messages).
import type { BlockWords } from "../from-chat/turns.ts";

export const messageBlocks: BlockWords = {
  text: (text) => ({ type: "text", text }),
  image: (mediaType, data) => ({ type: "image", source: { type: "base64", media_type: mediaType, data } }),
  remoteImage: (url) => ({ type: "image", source: { type: "url", url } }),
  toolUse: ({ id, name, input }) => ({ type: "tool_use", id, name, input }),
  toolResult: ({ id, content }) => ({ type: "tool_result", tool_use_id: id, content }),
};
