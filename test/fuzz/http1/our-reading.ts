import { ParserPool } from "../../../src/gateway/listen/parser-pool.ts";
import { MalformedMessageError, type MessageHead, type MessageParser } from "../../../src/http1/index.ts";
import { maxHeaderBytes, type Reading, type ReadMessage } from "./reading.ts";

const parsers = new ParserPool(maxHeaderBytes);

/** As src/gateway/listen/connection.ts reads, each message with a parser that may have read others. */
export function ourReading(pieces: readonly Buffer[]): Reading {
  const messages: ReadMessage[] = [];
  let parser: MessageParser | null = null;
  let body = "";
  try {
    for (const piece of pieces) {
      for (let rest = piece; rest.length > 0;) {
        parser ??= parsers.take();
        rest = rest.subarray(parser.read(rest));
        body += Buffer.concat(parser.body).toString("latin1");
        if (!parser.isComplete || !parser.head) continue;
        const { head } = parser;
        messages.push(messageOf(head, body));
        parsers.giveBack(parser);
        parser = null;
        body = "";
        // What follows a CONNECT is no HTTP.
        if (!head.keepsAlive || head.method === "CONNECT") return { messages, refusal: null, isOver: true };
      }
    }
    parser?.finish();
    return { messages, refusal: null, isOver: false };
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    return { messages, refusal: error.reason, isOver: false };
  } finally {
    parser?.free();
  }
}

function messageOf({ method, target, httpVersion, rawHeaders }: MessageHead, body: string): ReadMessage {
  return { method, target, httpVersion, rawHeaders, body };
}
