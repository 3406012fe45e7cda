// Looks for a text in bytes, in every form that a program is likely to have given it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Hay {
  /** Where the bytes are from, for the test's message. */
  readonly name: string;
  readonly bytes: Buffer;
}

interface Needle {
  readonly form: string;
  readonly bytes: Buffer;
}

/** `form of canary in place`, for every canary that is found. */
export function findCanaries(canaries: readonly string[], hay: readonly Hay[]): readonly string[] {
  const found: string[] = [];
  for (const canary of canaries) {
    for (const { form, bytes: needle } of formsOf(canary)) {
      for (const { name, bytes } of hay) {
        if (bytes.includes(needle)) found.push(`${form} of \`${canary}\` in ${name}`);
      }
    }
  }
  return found;
}

/** A running cell gives files their names by renaming them: where one is gone before it is read, all are listed again. */
export function filesBelow(directory: string, triesLeft = 20): readonly Hay[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ name: path.slice(directory.length + 1), bytes: withoutTail(readFileSync(path)) }));
  } catch (error) {
    if (triesLeft === 0 || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return filesBelow(directory, triesLeft - 1);
  }
}

/** Segments of the write-ahead log are made long, of zeros, before there is anything to write. */
function withoutTail(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

export function formsOf(text: string): readonly Needle[] {
  const bytes = Buffer.from(text);
  const swapped = Buffer.from(text, "utf16le").swap16();
  return [
    { form: "text", bytes },
    { form: "lower case", bytes: Buffer.from(text.toLowerCase()) },
    { form: "JSON", bytes: Buffer.from(JSON.stringify(text).slice(1, -1)) },
    { form: "URL encoding", bytes: Buffer.from(encodeURIComponent(text)) },
    { form: "hex", bytes: Buffer.from(bytes.toString("hex")) },
    { form: "upper-case hex", bytes: Buffer.from(bytes.toString("hex").toUpperCase()) },
    { form: "UTF-16LE", bytes: Buffer.from(text, "utf16le") },
    { form: "UTF-16BE", bytes: swapped },
    ...base64Forms(bytes),
    ...["sha1", "sha256", "sha512", "md5"].flatMap((algorithm) => digestForms(algorithm, bytes)),
  ];
}

/** Inside a longer text it begins at any of three places in a group; what hangs over at its ends is not its own. */
function base64Forms(bytes: Buffer): readonly Needle[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const own = shifted.slice(offset === 0 ? 0 : offset + 1, Math.floor((bytes.length + offset) / 3) * 4);
    const url = own.replaceAll("+", "-").replaceAll("/", "_");
    return [own, url].map((form) => ({ form: `base64 at ${offset}`, bytes: Buffer.from(form) }));
  });
}

function digestForms(algorithm: string, bytes: Buffer): readonly Needle[] {
  const digest = createHash(algorithm).update(bytes).digest();
  return [
    { form: algorithm, bytes: digest },
    { form: `${algorithm} in hex`, bytes: Buffer.from(digest.toString("hex")) },
    { form: `${algorithm} in base64`, bytes: Buffer.from(digest.toString("base64")) },
  ];
}
