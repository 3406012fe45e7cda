// A strict reader of one form (RFC 7578, in the framing of RFC 2046 §5.1.1) that says where each part's content stands, so that
// a gateway can replace one value and pass every other byte on as it came. What two readers might take for two things is
// refused: whoever reads the form next must find the parts that were decided on.
import { decodeUtf8, fail, ok, type Result } from "../../base/index.ts";
import type { JsonSpan } from "../json-members.ts";
import { partHeadOf } from "./part-head.ts";

export interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  /** Of a file; the sender's words. Null for a field. */
  readonly filename: string | null;
  /** As the part says it; null where it does not. */
  readonly mediaType: string | null;
  readonly content: JsonSpan;
}

/** Where a form stops being one. It never quotes the form. */
export interface FormFault {
  /** In bytes from the start. */
  readonly offset: number;
  readonly reason: string;
}

export type ScannedForm = Result<readonly FormPart[], FormFault>;

export interface BoundedForm {
  readonly boundary: string;
  readonly scanned: ScannedForm;
}

/** A form of this API has about ten, of which sixteen more may be pictures. */
export const maxFormParts = 64;
/** Of the head of one part: a name, the name of a file, a type. */
export const maxPartHeadBytes = 4_096;

/** The boundary that a `content-type` names (RFC 2046 §5.1.1, RFC 9110 §8.3.1); null where it is none of a form, or names none or two. */
export function boundaryOf(contentType: string): string | null {
  const [type, ...parameters] = contentType.split(";").map((piece) => piece.trim());
  if (type?.toLowerCase() !== "multipart/form-data") return null;
  const boundaries = parameters.filter((parameter) => /^boundary\b/i.test(parameter));
  const [, quoted, bare] =
    /^boundary=(?:"([\w'()+,./:=?-]{1,70})"|([\w'+.-]{1,70}))$/i.exec(boundaries[0] ?? "") ?? [];
  return boundaries.length === 1 ? (quoted ?? bare ?? null) : null;
}

/** The `content-type` of a form with this boundary. */
export function formType(boundary: string): string {
  return `multipart/form-data; boundary=${/^[\w'+.-]+$/.test(boundary) ? boundary : `"${boundary}"`}`;
}

/**
 * The parts in their order, of a body that is all of a form: no words before or behind it, lines that end as they should.
 * A name stands once, unless it ends with `[]`, which is how this API writes lists.
 */
export function scanForm(bytes: Uint8Array, boundary: string): ScannedForm {
  const dashed = new TextEncoder().encode(`\n--${boundary}`);
  const parts: FormPart[] = [];
  if (!standsAt(bytes, 0, dashed.subarray(1))) return fault(0, "it does not begin with its boundary");
  let at = dashed.length - 1;
  while (!standsAt(bytes, at, twoDashes)) {
    if (!standsAt(bytes, at, lineEnd)) return fault(at, "a boundary is not alone in its line");
    if (parts.length === maxFormParts) return fault(at, `more than ${maxFormParts} parts`);
    const part = readPart(bytes, at + lineEnd.length, dashed);
    if (!part.ok) return part;
    if (isRepeated(part.value, parts)) return fault(at, "two parts have one name");
    parts.push(part.value);
    at = part.value.content.end + lineEnd.length + dashed.length - 1;
  }
  return closed(bytes, at + twoDashes.length, parts);
}

const lineEnd = Uint8Array.of(0x0d, 0x0a);
const emptyLine = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a);
const twoDashes = Uint8Array.of(0x2d, 0x2d);
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

function closed(bytes: Uint8Array, at: number, parts: readonly FormPart[]): ScannedForm {
  const isEnd = at === bytes.length || (at + lineEnd.length === bytes.length && standsAt(bytes, at, lineEnd));
  if (!isEnd) return fault(at, "something follows its last boundary");
  return parts.length === 0 ? fault(at, "it has no parts") : ok(parts);
}

/** `start`: behind the line of the boundary before it. */
function readPart(bytes: Uint8Array, start: number, dashed: Uint8Array): Result<FormPart, FormFault> {
  const headEnd = endOfHead(bytes, start);
  if (headEnd === null) return fault(start, `a part's head does not end within ${maxPartHeadBytes} bytes`);
  const head = partHeadOf(decodeUtf8(bytes.subarray(start, headEnd)) ?? "");
  if (!head.ok) return fault(start, head.error);
  const contentStart = headEnd + emptyLine.length;
  const next = nextBoundary(bytes, start, dashed);
  if (next === null) return fault(bytes.length, "it ends before its last boundary");
  // In or right behind the head, where readers disagree whether the part has a content.
  if (next <= contentStart) return fault(next, "a boundary stands where a content is expected");
  // Some take a bare line feed for the end of a line, and would find a boundary where others find content.
  if (bytes[next - 1] !== carriageReturn) return fault(next, "a boundary does not begin its line");
  return ok({ ...head.value, content: { start: contentStart, end: next - 1 } });
}

function endOfHead(bytes: Uint8Array, start: number): number | null {
  const last = Math.min(start + maxPartHeadBytes, bytes.length - emptyLine.length);
  for (let at = start; at <= last; at++) if (standsAt(bytes, at, emptyLine)) return at;
  return null;
}

/**
 * Where the line feed before the next boundary stands, which may be that before `start`. It is the only one in what is looked for, so that no content takes
 * longer than one of its length.
 */
function nextBoundary(bytes: Uint8Array, start: number, dashed: Uint8Array): number | null {
  for (let at = start - 1; at < bytes.length; at++) {
    if (bytes[at] === lineFeed && standsAt(bytes, at, dashed)) return at;
  }
  return null;
}

function standsAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false;
  return true;
}

function isRepeated({ name }: FormPart, parts: readonly FormPart[]): boolean {
  return !name.endsWith("[]") && parts.some((other) => other.name === name);
}

function fault(offset: number, reason: string): Result<never, FormFault> {
  return fail({ offset, reason });
}
