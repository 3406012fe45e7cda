// What `init` has to know, from flags or from a person.
import type { Interface } from "node:readline";
import { parsePlace, type Place } from "../../../base/index.ts";
import { type DataClass, dataClasses } from "../../../law/index.ts";
import { listOf } from "../../terminal/quoted-list.ts";
import { UnusableInputError } from "../../../disk/index.ts";
import type { Terminal } from "../../terminal/terminal.ts";

export const wishes = ["none", "residency", "sovereignty"] as const;
export type Wish = (typeof wishes)[number];

export interface InitAnswers {
  /** Schemeless name, `acme.example`. */
  readonly deployment: string;
  readonly operator: NamedPlace;
  readonly cells: readonly NamedPlace[];
  readonly tenants: readonly (NamedPlace & { readonly dataClass: DataClass })[];
  readonly requires: Wish;
}

export interface NamedPlace {
  readonly name: string;
  readonly place: Place;
}

/** The answers as they are typed; a list has commas between its members. */
export interface InitTexts {
  readonly deployment: string;
  readonly operator: string;
  readonly cells: string;
  readonly tenants: string;
  readonly requires: string;
}

export const defaultTexts: InitTexts = {
  deployment: "acme.example",
  operator: "acme=DE",
  cells: "eu-frankfurt=DE",
  tenants: "acme-bank=DE:personal",
  requires: "residency",
};

const questions: Readonly<Record<keyof InitTexts, string>> = {
  deployment: "Name of the deployment, as a host name",
  operator: "Who runs the machines, and from where it is controlled (name=PLACE)",
  cells: "Cells: places with a gateway and a model server (name=PLACE, …)",
  tenants: "Tenants: where they and their data subjects are, and the class of data (name=PLACE:class, …)",
  requires: `What they require on top of the law (${wishes.join(", ")})`,
};

/** Asks in order; an empty answer takes the default, and one that cannot be read is asked for again. */
export async function askTexts(
  terminal: Terminal,
  questioner: Interface,
  defaults: InitTexts,
): Promise<InitTexts> {
  const texts: Record<keyof InitTexts, string> = { ...defaults };
  // Its iterator keeps lines that were pasted ahead of their question.
  const lines = questioner[Symbol.asyncIterator]();
  for (const field of Object.keys(questions) as (keyof InitTexts)[]) {
    for (let isAsked = true; isAsked;) {
      questioner.setPrompt(`${questions[field]} [${defaults[field]}]: `);
      questioner.prompt();
      const answer = await lines.next();
      if (answer.done)
        throw new UnusableInputError(["the questions were left unanswered; nothing was written"]);
      texts[field] = answer.value.trim() || defaults[field];
      const problem = problemWith(field, texts[field]);
      if (problem !== null) terminal.note(problem);
      isAsked = problem !== null;
    }
  }
  return texts;
}

export function readAnswers(texts: InitTexts): InitAnswers {
  const requires = wishes.find((wish) => wish === texts.requires);
  if (requires === undefined) throw unusable("requires", texts.requires, `one of ${wishes.join(", ")}`);
  return {
    deployment: word("deployment", texts.deployment),
    operator: namedPlace("operator", texts.operator),
    cells: members(texts.cells).map((text) => namedPlace("cells", text)),
    tenants: members(texts.tenants).map(tenant),
    requires,
  };
}

function problemWith(field: keyof InitTexts, text: string): string | null {
  try {
    readAnswers({ ...defaultTexts, [field]: text });
    return null;
  } catch (error) {
    if (error instanceof UnusableInputError) return error.message;
    throw error;
  }
}

function members(text: string): readonly string[] {
  return text.split(",").map((member) => member.trim());
}

function tenant(text: string): InitAnswers["tenants"][number] {
  const [named = "", wanted = "personal"] = text.split(":");
  const dataClass = dataClasses.find((known) => known === wanted);
  if (dataClass === undefined) throw unusable("tenants", text, `a class of ${listOf(dataClasses)}`);
  return { ...namedPlace("tenants", named), dataClass };
}

function namedPlace(field: keyof InitTexts, text: string): NamedPlace {
  const [name = "", code] = text.split("=");
  if (code === undefined) throw unusable(field, text, "`name=PLACE`");
  const place = parsePlace(code);
  if (!place.ok) throw unusable(field, text, `a place: ${place.error}`);
  return { name: word(field, name), place: place.value };
}

/** INVARIANT: nothing but this and codes reaches the file, so an answer cannot change its structure. */
function word(field: keyof InitTexts, text: string): string {
  if (/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw unusable(field, text, "a name of lower-case letters, digits and `-`");
}

function unusable(field: string, text: string, expected: string): UnusableInputError {
  return new UnusableInputError([`${field}: \`${text}\` cannot be used; expected ${expected}`]);
}
