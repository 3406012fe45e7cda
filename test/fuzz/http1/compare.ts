import { isDeepStrictEqual } from "node:util";
import { fuzzedStream } from "./http-bytes.ts";
import { NodeReader } from "./node-reading.ts";
import { ourReading } from "./our-reading.ts";
import { Random } from "../random.ts";
import type { Reading } from "./reading.ts";

export interface Tally {
  readonly cases: number;
  readonly messages: number;
  readonly refused: number;
  /** Where we alone read no further, for one of the reasons that {@link ownReasons} allows, or since the caller said `close`. */
  readonly endedByUsAlone: number;
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly seed: number;
  readonly pieces: readonly string[];
  readonly ours: Reading;
  readonly nodes: Reading;
}

const mostDifferences = 5;
const batchSize = 64;

/** Reads the same bytes in both ways. Each case has a seed of its own, so that one can be read again. */
export async function compareReadings(seed: number, cases: number): Promise<Tally> {
  const node = new NodeReader();
  const differences: Difference[] = [];
  let [count, messages, refused, endedByUsAlone] = [0, 0, 0, 0];
  while (count < cases && differences.length < mostDifferences) {
    const seeds = Array.from({ length: Math.min(batchSize, cases - count) }, (_, at) => seed + count + at);
    const streams = seeds.map((own) => fuzzedStream(new Random(own)));
    const readings = await node.read(streams);
    for (const [at, nodes] of readings.entries()) {
      const pieces = streams[at]?.pieces ?? [];
      const ours = ourReading(pieces);
      messages += ours.messages.length;
      if (ours.refusal !== null) refused++;
      if (isStricter(ours, nodes)) endedByUsAlone++;
      else if (!isSame(ours, nodes)) {
        const texts = pieces.map((piece) => piece.toString("latin1"));
        differences.push({ seed: seeds[at] ?? seed, pieces: texts, ours, nodes });
      }
    }
    count += seeds.length;
  }
  return { cases: count, messages, refused, endedByUsAlone, differences };
}

/** The words for a refusal may differ: what counts is that nothing further is read. */
function isSame(ours: Reading, nodes: Reading): boolean {
  return (
    (ours.refusal === null) === (nodes.refusal === null) && isDeepStrictEqual(ours.messages, nodes.messages)
  );
}

/**
 * Where we are stricter: Node counts the bytes of a head otherwise, and takes versions and codings that nobody here speaks,
 * a length with a tab behind it, and a chunk's extension with a space behind it.
 */
const ownReasons: readonly string[] = [
  "HEADER_OVERFLOW",
  "INVALID_VERSION",
  "INVALID_TRANSFER_ENCODING",
  "INVALID_CONTENT_LENGTH",
  "STRICT",
];

function isStricter({ refusal, messages, isOver }: Reading, nodes: Reading): boolean {
  if (refusal === null ? !isOver : !ownReasons.includes(refusal)) return false;
  const isLonger = nodes.messages.length > messages.length;
  const goesOn = isLonger || (refusal === null ? !nodes.isOver : nodes.refusal === null);
  return goesOn && isDeepStrictEqual(messages, nodes.messages.slice(0, messages.length));
}
