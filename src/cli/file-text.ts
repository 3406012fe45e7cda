import { readFileSync } from "node:fs";
import { decodeUtf8 } from "../base/index.ts";
import { UnusableInputError } from "./exit-code.ts";

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
    throw unusable(`${role} \`${file}\` cannot be read`, error);
  }
}

/** For failures of the operating system alone: anything else is a defect and stays what it was. */
export function unusable(message: string, cause: unknown): unknown {
  const reason = systemReason(cause);
  return reason === null ? cause : new UnusableInputError([`${message}: ${reason}`], { cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file or folder"],
  ["EACCES", "permission denied; check its owner and mode"],
  ["EPERM", "operation not permitted; check its owner and mode"],
  ["EISDIR", "it is a folder; name a file"],
  ["ENOTDIR", "a part of the path is a file; name a folder"],
  ["EROFS", "the file system is read-only; choose another folder"],
  ["ENOSPC", "no space is left on the device"],
  ["EEXIST", "it exists already; choose another name"],
  ["EADDRINUSE", "the port is taken; stop what listens there, or choose another port"],
]);

function systemReason(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  if (!("syscall" in error)) return null;
  return reasons.get(error.code) ?? error.code;
}
