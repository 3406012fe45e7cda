import { accessSync, constants, readFileSync } from "node:fs";
import { decodeUtf8 } from "../../base/index.ts";
import { asUnusable, UnusableInputError } from "../../disk/index.ts";

/** A text file that the command cannot do without. `role` says what it is to the reader: `policy`, `cell file`. */
export function readText(role: string, file: string): string {
  const text = decodeUtf8(readBytes(role, file));
  if (text === null) throw new UnusableInputError([`${role} \`${file}\` is not UTF-8; save it as UTF-8`]);
  return text;
}

export function readBytes(role: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw asUnusable(`${role} \`${file}\` cannot be read`, error);
  }
}

/** Checks a file that is read later, so that a missing one is heard of now. `subject` names it to the reader. */
export function requireReadable(subject: string, file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw asUnusable(`${subject} cannot be read`, error);
  }
}
