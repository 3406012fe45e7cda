import { type EndpointId, formatMonth } from "../../base/index.ts";
import type { Model } from "../../config/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import { type AnswerMarks, formatMark, markedKinds } from "../../wire/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { Proofs } from "./proofs.ts";

/** The marks of an answer by the endpoint. */
export type MarksOf = (endpoint: EndpointId) => AnswerMarks;

/** Null where a second endpoint that could be asked for it later is not there: such an answer passes as it came. */
export function marksOf(
  { arrival }: Exchange,
  { model, key }: { readonly model: Model; readonly key: SubjectKey },
): MarksOf | null {
  if (model.servedBy.size < 2) return null;
  return (endpoint) => {
    const proofs = new Proofs(key);
    // By the moment that the subject's key was found by.
    const month = formatMonth(arrival.receivedAtMs);
    // Each event of a text names the same item.
    let newest = { kind: "", text: "", marked: "" };
    return {
      kinds: markedKinds(model.allows),
      mark(kind, text) {
        if (newest.kind === kind && newest.text === text) return newest.marked;
        const proof = proofs.of({ kind, endpoint, text });
        newest = { kind, text, marked: formatMark(text, { month, endpoint, proof }) };
        return newest.marked;
      },
    };
  };
}
