// What a caller gets in the place of a provider's name for something that one endpoint alone can use again: the same text with
// the endpoint behind it, and a proof that this cell wrote it there (docs/decisions/0063). Clients go by the beginning
// (`resp_`, `msg_`), and pass the text on in bodies and in paths, so the mark is at the end and needs no escape in either.

/** `response` and `item`: an id. `sealed`: what only its maker can open, such as the encrypted content of reasoning. */
export type MarkedKind = "response" | "item" | "sealed";

export interface Mark {
  /** Of the subject's key that the proof is made with, `2026-12`. */
  readonly month: string;
  readonly endpoint: string;
  /** 128 bits in base64url. */
  readonly proof: string;
}

/** What is marked in an answer, and how. */
export interface AnswerMarks {
  readonly kinds: ReadonlySet<MarkedKind>;
  /** The text as the caller gets it. */
  readonly mark: (kind: MarkedKind, text: string) => string;
}

/** By what the model's policy lets a caller use again. What is encrypted its sender holds, so that no policy is asked. */
export function markedKinds(allows: { has(exit: string): boolean }): ReadonlySet<MarkedKind> {
  const kinds: MarkedKind[] = ["sealed"];
  if (allows.has("previous_response_id")) kinds.push("response");
  if (allows.has("item_reference")) kinds.push("item");
  return new Set(kinds);
}

/** The last of several is ours: a cell that passes a request on marks what the other cell has marked. */
const marked = /^(.+)_bw1-(\d{4})-(\d{2})-([a-z0-9][a-z0-9-]{0,62})-([A-Za-z0-9_-]{22})$/s;

export function formatMark(text: string, { month, endpoint, proof }: Mark): string {
  return `${text}_bw1-${month}-${endpoint}-${proof}`;
}

/** What was marked, and by which mark; null for a text that bears none. */
export function readMark(text: string): { readonly text: string; readonly mark: Mark } | null {
  const [, before = "", year, month, endpoint = "", proof = ""] = marked.exec(text) ?? [];
  if (before === "") return null;
  return { text: before, mark: { month: `${year}-${month}`, endpoint, proof } };
}
