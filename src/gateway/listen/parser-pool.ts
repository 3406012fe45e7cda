// Owner: the thread whose listener it is. A connection has a parser only while a message comes in: an idle one holds none,
// and a message that comes in one piece takes the one that the message before gave back.
import { MessageParser } from "../../http1/index.ts";

const mostSpare = 16;

export class ParserPool {
  readonly #maxHeaderBytes: number;
  readonly #spare: MessageParser[] = [];

  constructor(maxHeaderBytes: number) {
    this.#maxHeaderBytes = maxHeaderBytes;
  }

  take(): MessageParser {
    return this.#spare.pop() ?? new MessageParser("request", { maxHeaderBytes: this.#maxHeaderBytes });
  }

  /** One that has read a message to its end without an error; nothing may be asked of it after this. */
  giveBack(parser: MessageParser): void {
    // After the last message of a connection llhttp takes no other.
    const isReusable = parser.head?.keepsAlive === true;
    if (!isReusable || this.#spare.length >= mostSpare) return parser.free();
    // What a caller sent is not kept for longer than it is needed.
    parser.head = null;
    parser.body = [];
    this.#spare.push(parser);
  }
}
