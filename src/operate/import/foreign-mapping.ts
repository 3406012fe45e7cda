// Mappings of a foreign file, which may hold anything.
import { isObject } from "../../base/index.ts";
import { ForeignFileError } from "./foreign-gateway.ts";

export interface ForeignValue {
  /** As the file has it. */
  readonly text: string;
  /** The variable of the environment that the text refers to; null where it is the value itself. */
  readonly variable: string | null;
}

/** In the words of LiteLLM and Bifrost. */
const environment = /^(?:os\.environ\/|env\.)([A-Za-z_][A-Za-z0-9_]*)$/;

/** It notes what was read of it: what nobody has read is lost, and has to be told. Owner: the reader of the file. */
export class ForeignMapping {
  readonly #members: Readonly<Record<string, unknown>>;
  /** Null for the file itself. */
  readonly #path: string | null;
  readonly #read = new Set<string>();
  readonly #inner = new Map<string, readonly ForeignMapping[]>();
  #isLeftOut = false;

  /** Throws ForeignFileError for what is no mapping. */
  constructor(value: unknown, path: string | null = null) {
    this.#path = path;
    if (!isObject(value)) throw new ForeignFileError(this.path, "a mapping");
    this.#members = value;
  }

  /** Such as `model_list[2]`. */
  get path(): string {
    return this.#path ?? "the file";
  }

  get names(): readonly string[] {
    return Object.keys(this.#members);
  }

  pathOf(name: string): string {
    return this.#path === null ? name : `${this.#path}.${name}`;
  }

  has(name: string): boolean {
    return (this.#members[name] ?? null) !== null;
  }

  /** Null for one that is missing, empty or no text. */
  text(name: string): string | null {
    const value = this.#members[name];
    if (typeof value !== "string" || value === "") return null;
    this.#read.add(name);
    return value;
  }

  /** As {@link text}, for what may lie in the environment. */
  value(name: string): ForeignValue | null {
    const text = this.text(name);
    return text === null ? null : { text, variable: environment.exec(text)?.[1] ?? null };
  }

  requiredValue(name: string): ForeignValue {
    const value = this.value(name);
    if (value === null) throw new ForeignFileError(this.pathOf(name), "a text");
    return value;
  }

  requiredText(name: string): string {
    return this.requiredValue(name).text;
  }

  /** Null for one that is missing, or no number above 0. */
  positive(name: string): number | null {
    const value = this.#members[name];
    if (typeof value !== "number" || !(value > 0)) return null;
    this.#read.add(name);
    return value;
  }

  isZero(name: string): boolean {
    return this.#members[name] === 0;
  }

  list(name: string): readonly unknown[] {
    const value = this.#members[name];
    if (!Array.isArray(value)) throw new ForeignFileError(this.pathOf(name), "a list");
    this.#read.add(name);
    return value as readonly unknown[];
  }

  /** Null for one that is missing, or no mapping. */
  mapping(name: string): ForeignMapping | null {
    return isObject(this.#members[name]) ? this.requiredMapping(name) : null;
  }

  requiredMapping(name: string): ForeignMapping {
    const inner = new ForeignMapping(this.#members[name], this.pathOf(name));
    this.#inner.set(name, [inner]);
    return inner;
  }

  /** A list of mappings. */
  mappings(name: string): readonly ForeignMapping[] {
    const inner = this.list(name).map((each, at) => new ForeignMapping(each, `${this.pathOf(name)}[${at}]`));
    this.#inner.set(name, inner);
    return inner;
  }

  /** For what is told in other words, or says nothing to anybody else. */
  passOver(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** It is told of the whole. */
  leaveOut(): void {
    this.#isLeftOut = true;
  }

  /** The paths of what nobody has read. What is empty says nothing. */
  unread(): readonly string[] {
    if (this.#isLeftOut) return [];
    return Object.entries(this.#members).flatMap(([name, value]) => {
      const inner = this.#inner.get(name);
      if (inner !== undefined) return inner.flatMap((each) => each.unread());
      return this.#read.has(name) || isEmpty(value) ? [] : [this.pathOf(name)];
    });
  }
}

function isEmpty(value: unknown): boolean {
  if (isObject(value)) return Object.keys(value).length === 0;
  return Array.isArray(value) ? value.length === 0 : (value ?? "") === "";
}
