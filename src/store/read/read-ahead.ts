// Whoever opens it owns its state.
import {
  formatTilePath,
  type LogReader,
  parseTilePath,
  type TileName,
  tileWidth,
} from "../../ledger/index.ts";

/** How many files are asked for beyond the one that is waited for. */
const depth = 8;

/**
 * Reads ahead on a medium that is far away. A verifier reads bundles and tiles of leaves in their order and one at a time, so each would
 * cost it a round trip; here the next ones are on their way already. Each is handed out once.
 */
export function readAhead(reader: LogReader): LogReader {
  const coming = new Map<string, Promise<Uint8Array | null>>();
  const ask = (path: string): void => {
    if (coming.has(path)) return;
    const answer = reader.read(path);
    // Whoever waits for it hears of the failure; if nobody does, it was not needed.
    answer.catch(() => undefined);
    coming.set(path, answer);
  };
  return {
    list: (directory) => reader.list(directory),
    read: async (path) => {
      const name = parseTilePath(path);
      if (name !== null && isRead(name)) {
        for (let ahead = 1; ahead <= depth; ahead++)
          ask(formatTilePath({ ...name, index: name.index + ahead }));
      }
      const answer = coming.get(path) ?? reader.read(path);
      coming.delete(path);
      return answer;
    },
  };
}

/** Full tiles of the lowest level: those above are few, and a partial one is the last. */
function isRead({ level, width }: TileName): boolean {
  return width === tileWidth && (level === "entries" || level === 0);
}
