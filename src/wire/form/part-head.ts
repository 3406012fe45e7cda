// The head of one part of a form: what it is called, and what it says of its content.
import { fail, ok, type Result } from "../../base/index.ts";

export interface PartHead {
  readonly name: string;
  readonly isFile: boolean;
  /** Of a file; the sender's words. Null for a field. */
  readonly filename: string | null;
  readonly mediaType: string | null;
}

/** Lines without the empty one that ends them. What is wrong is told in words of our own, and nothing is quoted. */
export function partHeadOf(text: string): Result<PartHead, string> {
  const fields = fieldsOf(text);
  if (fields === null) return fail("a part's head has a line that is no field, or a field twice");
  const part = dispositionOf(fields.get("content-disposition") ?? "");
  if (part === null)
    return fail(
      'a part needs `content-disposition: form-data; name="…"`, with a `filename` that is not empty at most beside it',
    );
  const mediaType = fields.get("content-type") ?? null;
  if (mediaType !== null && /^multipart\//i.test(mediaType)) return fail("a part is a form of its own");
  // RFC 7578 §4.7: no sender needs another, and not every reader decodes it.
  if (!/^(?:7bit|8bit|binary)$/i.test(fields.get("content-transfer-encoding") ?? "binary"))
    return fail("a part is encoded; send its bytes as they are");
  return ok({ ...part, mediaType });
}

/** By lower-case names; all but three say nothing (RFC 7578 §4.8). Null where lines are folded, or are none (RFC 9110 §5). */
function fieldsOf(text: string): ReadonlyMap<string, string> | null {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):([\t\P{Cc}]*)$/u.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    const known = name.toLowerCase();
    if (fields.has(known)) return null;
    fields.set(known, withoutBlanks(value));
  }
  return fields;
}

/** At both ends; in one step for each character, whatever is between. */
function withoutBlanks(value: string): string {
  const isBlank = (at: number): boolean => value[at] === " " || value[at] === "\t";
  let [start, end] = [0, value.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return value.slice(start, end);
}

/**
 * RFC 7578 §4.2. Readers disagree on a backslash or a semicolon in quotes, and on what has a `filename*` alone, which that section forbids:
 * neither is taken, nor is an empty `filename`, with which Go reads a field and others a file. A browser writes `%22` for a quote; .NET leaves quotes out, and writes `filename*` beside `filename`.
 */
const disposition =
  /^form-data; *name=(?:"([^"\\;]{1,128})"|([!#$%&'*+.^_`|~\w-]{1,128}))(?:; *filename=(?:"([^"\\;]+)"|([!#$%&'*+.^_`|~\w-]+))(?:; *filename\*=[!#$%&'+.^_`|~\w-]+)?)?$/i;

function dispositionOf(value: string): Omit<PartHead, "mediaType"> | null {
  const [, quoted, bare, quotedFile, bareFile] = disposition.exec(value) ?? [];
  const name = quoted ?? bare;
  const filename = quotedFile ?? bareFile ?? null;
  return name === undefined || name === "_charset_" ? null : { name, isFile: filename !== null, filename };
}
