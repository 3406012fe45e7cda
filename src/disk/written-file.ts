import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { makeDirectories } from "./make-directories.ts";
import { asUnusable } from "./unusable-input.ts";

/** Creates the folder and its parents, readable by their owner alone, where they are missing. */
export function ensureDirectory(directory: string): void {
  try {
    makeDirectories(directory, 0o700);
  } catch (error) {
    throw asUnusable(`folder \`${directory}\` cannot be created`, error);
  }
}

/** Readers see the old text or the new one, never a part. A file that says the same already is left alone. */
export function writeText(file: string, text: string, mode = 0o644): void {
  const temporary = `${file}.${process.pid}`;
  try {
    if (existsSync(file) && readFileSync(file, "utf8") === text) return;
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, file);
  } catch (error) {
    throw asUnusable(`\`${file}\` cannot be written`, error);
  }
}
