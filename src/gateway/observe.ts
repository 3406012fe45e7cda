// What an upstream's bytes are worth: held back until they prove to be an answer.
import { concatBytes, decodeUtf8 } from "../base/index.ts";
import { UpstreamError } from "../providers/index.ts";
import { type ChatAnswer, parseChatAnswer, parseChatChunk, SseParser } from "../wire/index.ts";
import type { StreamedChunk } from "./answer.ts";

/** How much may come before the first event of a stream. */
const maxHeldChunks = 64;
const maxHeldBytes = 256 * 1024;
const maxEventLength = 1024 * 1024;
/** An answer that is not streamed is held whole. */
const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * The events of a stream up to and with `[DONE]`. Throws `garbage` for what is no event of the dialect, `broken` when
 * the stream ends before `[DONE]`: no end is ever made up.
 */
export async function* readChunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedChunk, void> {
  const parser = new SseParser(maxEventLength);
  const held = { chunks: 0, bytes: 0 };
  let hasBegun = false;
  let done: StreamedChunk | null = null;
  for await (const bytes of body) {
    // Read to the end, since a body left early costs its connection; nothing after the close counts.
    if (done) continue;
    const events = parser.push(bytes);
    if (!events.ok) throw new UpstreamError("garbage");
    held.chunks++;
    held.bytes += bytes.length;
    hasBegun ||= events.value.length > 0;
    if (!hasBegun && (held.chunks >= maxHeldChunks || held.bytes >= maxHeldBytes))
      throw new UpstreamError("garbage");
    for (const { data } of events.value) {
      const chunk = parseChatChunk(data);
      if (chunk.kind === "garbage") throw new UpstreamError("garbage");
      if (chunk.kind !== "done") yield { data, chunk };
      else done = { data, chunk };
    }
  }
  if (!done) throw new UpstreamError("broken");
  yield done;
}

/** The whole body, bounded. */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxAnswerBytes) throw new UpstreamError("garbage");
    parts.push(part);
  }
  return concatBytes(parts);
}

export function readAnswer(body: Uint8Array): ChatAnswer {
  const text = decodeUtf8(body);
  return text === null ? { kind: "garbage" } : parseChatAnswer(text);
}

/** Gives an answer up whose body is not wanted, which closes the connection under it. */
export async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}
