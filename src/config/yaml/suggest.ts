import { quote } from "./finding.ts";

/** A file may be all mistakes: what each of them costs must not grow with the file. */
const maxCandidates = 500;

/** `did you mean …?`, or else what there is to choose from. */
export function suggest(written: string, known: readonly string[]): string | null {
  const meant = closest(written, known);
  if (meant !== null) return `did you mean ${quote(meant)}?`;
  if (known.length === 0 || known.length > 10) return null;
  return `there is ${known.map(quote).join(", ")}`;
}

/** The known word that a typo most likely stands for: its beginning, or about a third of its letters changed. */
export function closest(written: string, known: readonly string[]): string | null {
  if (known.length > maxCandidates) return null;
  const begun = known.find((word) => word.startsWith(`${written}-`));
  if (begun !== undefined) return begun;
  const near = known
    .filter((word) => Math.abs(word.length - written.length) <= allowance(word))
    .map((word) => ({ word, distance: editDistance(normal(written), normal(word)) }))
    .filter(({ word, distance }) => distance <= allowance(word))
    .toSorted((left, right) => left.distance - right.distance);
  return near[0]?.word ?? null;
}

function allowance(word: string): number {
  return Math.ceil(word.length / 3);
}

/** `servedBy`, `served_by` and `Served-By` are all the same slip. */
function normal(word: string): string {
  return word
    .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

/** Levenshtein's, with one row of the table at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(left).entries()) {
    const next = [index + 1];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (right[column - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
