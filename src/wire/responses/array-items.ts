// Where the items of a JSON array stand, in a text that was found to be JSON: so that one value inside can be replaced, and
// every other byte pass as it came.
import type { JsonSpan } from "../json-members.ts";
import { endOfString } from "../native-json.ts";

const [quote, comma] = [0x22, 0x2c];
const openings: readonly number[] = [0x7b, 0x5b];
const closings: readonly number[] = [0x7d, 0x5d];
const space: readonly number[] = [0x20, 0x0a, 0x0d, 0x09];

/** Of the array in `span`, in their order. */
export function itemSpans(bytes: Uint8Array, { start, end }: JsonSpan): readonly JsonSpan[] {
  const spans: JsonSpan[] = [];
  let [depth, from] = [0, -1];
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (space.includes(byte)) continue;
    const isEnd = depth === 0 && (byte === comma || at === end - 1);
    if (isEnd && from >= 0) spans.push({ start: from, end: endOfValue(bytes, at) });
    if (isEnd) from = -1;
    else if (from < 0) from = at;
    if (openings.includes(byte)) depth++;
    else if (closings.includes(byte)) depth--;
    else if (byte === quote) at = endOfString(bytes, at);
  }
  return spans;
}

function endOfValue(bytes: Uint8Array, before: number): number {
  let at = before;
  while (space.includes(bytes[at - 1] ?? 0)) at--;
  return at;
}
