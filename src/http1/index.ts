// HTTP/1.1 without the weight: messages in bytes (decision 0041). Sockets are their users' matter.
export { reasonPhrases } from "./reason-phrases.ts";
export { MalformedMessageError, type MessageHead, MessageParser } from "./message-parser.ts";
