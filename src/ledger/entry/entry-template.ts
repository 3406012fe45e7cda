// Decisions that are alike but for a few members: what is the same in all of them is checked and written once.
import { canonicalJson, encodeUtf8, type Json } from "../../base/index.ts";
import type { DecisionEntry } from "./decision-entry.ts";
import { InvalidEntryError, writeEntry } from "./entry-schema.ts";
import { maxEntryBytes } from "./entry.ts";

/**
 * What may vary: so many lower-case hex digits, or a count (0). No rule of the schema looks at these beside another member,
 * so that a value of its own form fits wherever the sample's did.
 */
const forms = { n: 32, req: 64, revision: 0, rid: 32, subject: 32, ts: 0 } as const;

export type VaryingMember = keyof typeof forms;
export type VaryingValues = {
  readonly [Name in VaryingMember]: (typeof forms)[Name] extends 0 ? number : string;
};

/** Where one member's value goes. */
interface Hole {
  readonly name: VaryingMember;
  /** What follows it. */
  readonly rest: string;
}

/**
 * Writes decisions that differ from one another in the members of {@link VaryingValues} alone. INVARIANT: what `write`
 * returns is what `encodeEntry` returns for that entry, and it throws wherever `encodeEntry` does.
 */
export class DecisionTemplate {
  readonly #first: string;
  readonly #holes: readonly Hole[];

  /** Throws {@link InvalidEntryError} where `sample` is no entry, or one whose body was not read. */
  constructor(sample: DecisionEntry) {
    const [first, ...holes] = piecesOf(sample);
    this.#first = first.rest;
    this.#holes = holes.map(({ name, rest }) => ({ name: name as VaryingMember, rest }));
    if (writeEntry(sample) !== this.#text(sample))
      throw new InvalidEntryError("entry: not one that a template is made of");
  }

  write(values: VaryingValues): Uint8Array<ArrayBuffer> {
    const bytes = encodeUtf8(this.#text(values));
    if (bytes.length > maxEntryBytes) throw new InvalidEntryError(`entry: more than ${maxEntryBytes} bytes`);
    return bytes;
  }

  #text(values: { readonly [Name in VaryingMember]: string | number | null }): string {
    let text = this.#first;
    for (const { name, rest } of this.#holes) text += written(name, values[name]) + rest;
    return text;
  }
}

interface Piece {
  readonly name: string | null;
  rest: string;
}

/** The text before the first member that varies, and each of those with the text behind its value. */
function piecesOf(sample: DecisionEntry): readonly [Piece, ...Piece[]] {
  // In the order of RFC 8785 §3.2.3, as the schema has them.
  const members = Object.entries(sample).toSorted(([left], [right]) => (left < right ? -1 : 1));
  let last: Piece = { name: null, rest: "{" };
  const pieces: [Piece, ...Piece[]] = [last];
  for (const [at, [name, value]] of members.entries()) {
    last.rest += `${at === 0 ? "" : ","}"${name}":`;
    if (Object.hasOwn(forms, name)) pieces.push((last = { name, rest: "" }));
    else last.rest += canonicalJson(value as Json);
  }
  last.rest += "}";
  return pieces;
}

const hexDigits = /^[0-9a-f]+$/;

function written(name: VaryingMember, value: string | number | null): string {
  const digits = forms[name];
  if (digits === 0 && typeof value === "number" && Number.isSafeInteger(value) && value >= 0)
    return String(value);
  if (typeof value === "string" && value.length === digits && hexDigits.test(value)) return `"${value}"`;
  throw new InvalidEntryError(`entry.${name}: not ${digits === 0 ? "a count" : `${digits} hex digits`}`);
}
