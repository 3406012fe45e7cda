// What an engine says, as bytes.
const members = '"id":"chatcmpl-1","created":1,"model":"m"';

export type Shape = "whole" | "stream";

/** `remote_host` is Ollama's word for having forwarded the request: evidence of a place outside the permit. */
export function answer(shape: Shape, { text = "yes", isLie = false } = {}): string {
  const lie = isLie ? ',"remote_host":"https://elsewhere.example","remote_model":"m"' : "";
  return shape === "whole"
    ? http(
        200,
        `{${members}${lie},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"${text}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
      )
    : http(200, `${events(text, lie).join("")}data: [DONE]\n\n`, "content-type: text/event-stream\r\n");
}

/** The same stream in pieces, to be sent one after the other. */
export function streamInPieces(): readonly string[] {
  const pieces = [...Array.from({ length: 6 }, () => event("yes", "")), "data: [DONE]\n\n"];
  const head = `HTTP/1.1 200 -\r\ncontent-type: text/event-stream\r\ncontent-length: ${pieces.join("").length}\r\n\r\n`;
  return [head, ...pieces];
}

export function busy(retryAfterMs: number): string {
  return http(429, "{}", `retry-after-ms: ${retryAfterMs}\r\n`);
}

export function status(code: number): string {
  return http(code, "{}");
}

export const garbage = "SSH-2.0-OpenSSH_9.2\r\n\0\u0001\u0002";

/** More than the buffers between two sockets hold. */
export const longText: string = "lorem ipsum ".repeat(600_000);

function events(text: string, lie: string): readonly string[] {
  const pieceLength = 64 * 1024;
  const pieces = Math.max(2, Math.ceil(text.length / pieceLength));
  return Array.from({ length: pieces }, (_, at) =>
    event(text.length > pieceLength ? text.slice(at * pieceLength, (at + 1) * pieceLength) : text, lie),
  );
}

function event(text: string, lie: string): string {
  return `data: {${members}${lie},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`;
}

function http(code: number, body: string, headers = "content-type: application/json\r\n"): string {
  return `HTTP/1.1 ${code} -\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}
