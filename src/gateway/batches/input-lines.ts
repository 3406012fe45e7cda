import { concatBytes } from "../../base/index.ts";

export interface InputLine {
  /** From 1. */
  readonly number: number;
  /** Null for one that is longer than a line may be. */
  readonly bytes: Uint8Array | null;
}

const lineFeed = 0x0a;

/** Those that are not empty, one at a time: no more of the file is in memory than a piece of it and the line. */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<InputLine, void> {
  let number = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const hold = (bytes: Uint8Array): void => {
    heldBytes += bytes.length;
    if (heldBytes <= maxBytes) held.push(bytes);
    else held = [];
  };
  const take = (): InputLine | null => {
    number++;
    const bytes = heldBytes > maxBytes ? null : concatBytes(held);
    held = [];
    heldBytes = 0;
    return bytes !== null && isBlank(bytes) ? null : { number, bytes };
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(lineFeed); end !== -1; end = piece.indexOf(lineFeed, from)) {
      hold(piece.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line) yield line;
    }
    hold(piece.subarray(from));
  }
  const last = heldBytes === 0 ? null : take();
  if (last) yield last;
}

/** Spaces, tabs, and the first half of an end of line. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
