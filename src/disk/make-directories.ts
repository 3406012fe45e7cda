import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes the directory and its parents where they are missing. Returns the first one that it made, null if all were there.
 * Node's own `recursive` goes round for ever, deaf to signals, where a directory cannot be made in a parent that is there
 * (ENOENT), as in `/proc`.
 */
export function makeDirectories(directory: string, mode = 0o777): string | null {
  if (isDirectory(directory)) return null;
  const parent = dirname(directory);
  const first = existsSync(parent) ? null : makeDirectories(parent, mode);
  try {
    mkdirSync(directory, mode);
  } catch (error) {
    // Another process may have made it in between.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !isDirectory(directory)) throw error;
  }
  return first ?? directory;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
