// What a document is worth. A name alone proves nothing that the law asks for: an assessment that ended negative, one of
// another country and one that is to be written next month open nothing (C-311/18, 134; (EU) 2021/914 clause 14).
import { includesPlace, type Place } from "../../base/index.ts";
import type { Moment } from "../policy/moment.ts";
import type { DeclaredDocument, DeclaredMechanism } from "../policy/regime.ts";

export type Documents = DeclaredMechanism["documents"];

export function hasDocument(documents: Documents, name: string): boolean {
  return documentOf(documents, name) !== null;
}

export interface WantedDocument {
  readonly name: string;
  /** The place that it shall open. */
  readonly place: Place;
}

/** Why the document does not serve; null when it does. */
export function documentObstacle(
  documents: Documents,
  { name, place }: WantedDocument,
  moment: Moment,
): string | null {
  const document = documentOf(documents, name);
  if (document === null) return `document \`${name}\` is missing`;
  if (!moment.isInForce(document.validity)) return `document \`${name}\` is not in force`;
  if (document.outcome === "negative") return `\`${name}\` ended negative`;
  if (document.places === null || includesPlace(document.places, place)) return null;
  return `\`${name}\` did not look at \`${place}\``;
}

/** Whether somebody has looked at the transfer to the place, and found that it must not be. */
export function isRuledOut(documents: Documents, { name, place }: WantedDocument, moment: Moment): boolean {
  const document = documentOf(documents, name);
  if (document?.outcome !== "negative" || !moment.isInForce(document.validity)) return false;
  return document.places === null || includesPlace(document.places, place);
}

function documentOf(documents: Documents, name: string): DeclaredDocument | null {
  const document = Object.hasOwn(documents, name) ? documents[name] : undefined;
  return document === undefined || document.name === "" ? null : document;
}
