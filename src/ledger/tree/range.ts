/** The leaves from `start` to just before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The two subtrees of a tree of two leaves or more: the left one has the largest power of two that leaves a right one. */
export function splitOf({ start, end }: Range): [left: Range, right: Range] {
  let span = 1;
  while (span * 2 < end - start) span *= 2;
  return [
    { start, end: start + span },
    { start: start + span, end },
  ];
}

/** Whether a tree of at least `end` leaves can have this subtree (draft-ietf-plants-merkle-tree-certs §4.1). */
export function isSubtree(start: bigint, end: bigint): boolean {
  if (start < 0n || end < start) return false;
  let span = 1n;
  while (span < end - start) span *= 2n;
  return start % span === 0n;
}
