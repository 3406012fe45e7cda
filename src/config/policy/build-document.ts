// What a policy says of a document: a name, or what the document says.
import type { InstantMs } from "../../base/index.ts";
import type { DeclaredDocument } from "../../law/index.ts";
import type { Zone } from "../schema/vocabulary.ts";

/** As policy-schema.ts reads it. */
export type DocumentDocument =
  | string
  | {
      readonly document: string;
      readonly outcome?: "positive" | "negative" | undefined;
      readonly date?: InstantMs | undefined;
      readonly until?: InstantMs | undefined;
      readonly places?: Zone | undefined;
    };

const always = { fromMs: null, untilMs: null };

export function buildDocument(written: DocumentDocument): DeclaredDocument {
  if (typeof written === "string") return named(written);
  const { document, outcome = null, places = null, date = null, until = null } = written;
  const own = named(document);
  return {
    name: own.name,
    outcome: outcome ?? own.outcome,
    places: places?.places ?? null,
    validity: { fromMs: date, untilMs: until },
  };
}

/** Whether the words name a document that is there, and did not end badly. */
export function isInHand(text: string): boolean {
  const { name, outcome } = named(text);
  return name !== "" && outcome !== "negative";
}

/**
 * A field must be filled, so people fill it: with `none yet`, or with how it ended, alone or behind a name. All that means what
 * it says; taken for names, it would open what nobody has assessed.
 */
function named(text: string): DeclaredDocument {
  const parts = text.split(/[:;,()]|\s[-–—]\s/).map((part) => part.trim());
  return {
    name: parts.some((part) => absent.test(part)) || /^[-–—?.\s]*$/.test(text) ? "" : text,
    outcome: parts.some((part) => negative.test(part)) ? "negative" : null,
    places: null,
    validity: always,
  };
}

/** What begins or ends so says how an assessment ended. */
const negative = saying([
  ["negative", "adverse", "unfavou?rable", "inadequate", "insufficient", "unacceptable", "unlawful"],
  ["fail(?:s|ed)?", "rejected", "refused", "denied", "declined", "prohibited", "forbidden", "cannot"],
  ["(?:did )?not (?:pass(?:ed)?|approved|equivalent|adequate|sufficient|acceptable|permitted|allowed)"],
]);

/** What begins or ends so says that the document is not there, or not yet, or no more. `No 17` is a name. */
const absent = saying([
  ["none", "nil", "n/?a", "missing", "absent", "lacking", "unknown", "unsigned", "incomplete", "unfinished"],
  ["todo", "to (?:do|follow|come|be)", "tb[acd]", "pending", "planned", "scheduled", "requested", "draft"],
  [
    "in (?:progress|preparation|review|draft)",
    "under (?:review|way|preparation)",
    "await(?:ing|ed)",
    "outstanding",
  ],
  ["expired", "lapsed", "withdrawn", "revoked", "repealed", "annulled", "superseded", "terminated"],
  ["not(?!-| (?:pass|approved|equivalent|adequate|sufficient|acceptable|permitted|allowed))", "never"],
  ["no (?:tia|tra|dpia|assessment|document|contract|agreement|approval|consent|listing|one|such)"],
  ["no\\.?$", "open$"],
]);

function saying(words: readonly (readonly string[])[]): RegExp {
  const any = `(?:${words.flat().join("|")})`;
  return new RegExp(String.raw`^${any}(?![\p{L}\p{N}])|\s${any}$`, "iu");
}
