// The legal events that stand, as every thread knows them: the control thread believed their signatures, and sends the
// texts that were signed.
import { encodeUtf8, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { type LawPolicy, type LegalEvent, parseLegalEvent } from "../../law/index.ts";

export interface HeldEvent {
  readonly event: LegalEvent;
  /** What was signed. */
  readonly text: string;
}

/** Throws for a text that no control thread sends. */
export function readHeldEvent(text: string): HeldEvent {
  const parsed = parseLegalEvent(text);
  if (!parsed.ok) throw new TypeError(`the text of a held legal event is ${parsed.error}`);
  return { event: parsed.value.event, text };
}

/** The law as a file states it, with the events that stand. */
export function lawUnder(law: LawPolicy, held: readonly HeldEvent[]): LawPolicy {
  if (held.length === 0) return law;
  // A list of texts has one spelling in JSON, so no two lists have the same bytes.
  const parts = ["bailiwick legal events 1", law.hash, ...held.map(({ text }) => text).toSorted()];
  const hash = toHex(sha256(encodeUtf8(JSON.stringify(parts))));
  return { ...law, events: held.map(({ event }) => event), hash };
}
