// Small secret files: durable before they are used, never overwritten, readable by their owner alone.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { randomBytes } from "node:crypto";
import { absentAsSync } from "./absent.ts";
import { makeDirectories } from "./make-directories.ts";

/**
 * The text of `file`, made by `create` when there is none. Two openers at once get the same text: link(2) lets one
 * of them win, and both read what won. Throws when group or others may read or write the file.
 */
export function readOrCreatePrivateFile(file: string, create: () => string): string {
  const present = readPrivateFile(file);
  if (present !== null) return present;
  createPrivateFile(file, create());
  const created = readPrivateFile(file);
  if (created === null) throw new Error(`\`${file}\` vanished while it was being created`);
  return created;
}

/** A reader sees the old text or the new one, also after a crash; the new one for good when this returns. */
export function replacePrivateFile(file: string, text: string): void {
  renameSync(writeTemporary(file, text), file);
  syncDirectory(dirname(file));
}

/**
 * Its bytes are overwritten and its name is gone, both on disk, when this returns; nothing happens when there is none.
 * Copies that a file system or a drive made by itself are out of reach, so such a disk should be encrypted.
 */
export function destroyPrivateFile(file: string): void {
  const descriptor = absentAsSync(() => openSync(file, "r+"), null);
  if (descriptor === null) return;
  try {
    writeAll(descriptor, new Uint8Array(fstatSync(descriptor).size));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  unlinkSync(file);
  syncDirectory(dirname(file));
}

function readPrivateFile(file: string): string | null {
  const descriptor = absentAsSync(() => openSync(file, "r"), null);
  if (descriptor === null) return null;
  try {
    const mode = fstatSync(descriptor).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new Error(
        `\`${file}\` holds a secret but its mode is \`${mode.toString(8).padStart(4, "0")}\`: ` +
          `others may have read it; replace the key, or run \`chmod 600\` if you know that nobody did`,
      );
    }
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** If we crash before the link, no key exists; after it, the key is complete, for its bytes were synced before. */
function createPrivateFile(file: string, text: string): void {
  makeDirectory(dirname(file));
  const temporary = writeTemporary(file, text);
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  unlinkSync(temporary);
  syncDirectory(dirname(file));
}

function writeTemporary(file: string, text: string): string {
  const temporary = `${file}.${randomBytes(8).toString("hex")}`;
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    writeAll(descriptor, Buffer.from(text));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

/** Writes from the file's beginning. A write may take a part and give no error, as on a disk that has become full. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    const count = writeSync(descriptor, bytes, written, bytes.length - written, written);
    if (count === 0) throw new Error("write(2) took no byte and gave no error");
    written += count;
  }
}

/**
 * A new directory is itself an entry of its parent, which has to be synced for the directory to survive. One that is
 * there may have been made by a process that died before that.
 */
function makeDirectory(directory: string): void {
  const last = resolve(directory);
  const first = makeDirectories(last, 0o700) ?? last;
  let made = last;
  do {
    syncDirectory(dirname(made));
    made = dirname(made);
    // Of what has no parent, the parent is the thing itself: `/`, and `.` if it were not resolved.
  } while (made.length >= first.length && dirname(made) !== made);
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
