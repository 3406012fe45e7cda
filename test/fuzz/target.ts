// One thing that is given odd input, beside a slow one that is plainly right.
import { Random } from "./random.ts";

export interface Target {
  readonly name: string;
  /** Makes one case of these choices. Returns what kind it was, or how the two differ and over which input. */
  readonly tryOne: (random: Random) => Tried;
}

export type Tried = { readonly kind: string } | { readonly difference: string; readonly input: Uint8Array };

export interface Tally {
  readonly cases: number;
  /** How many there were of each kind: a target that only ever sees one is no test. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

interface Difference {
  /** That makes this very case again, alone. */
  readonly seed: number;
  readonly difference: string;
  readonly inputBase64: string;
}

const mostTold = 10;

export function fuzz({ tryOne }: Target, { cases, seed }: { cases: number; seed: number }): Tally {
  const kinds: Record<string, number> = {};
  const differences: Difference[] = [];
  for (let at = 0; at < cases && differences.length < mostTold; at++) {
    const tried = outcomeOf(tryOne, seed + at);
    if ("difference" in tried) {
      const inputBase64 = Buffer.from(tried.input).toString("base64");
      differences.push({ seed: seed + at, difference: tried.difference, inputBase64 });
    } else {
      kinds[tried.kind] = (kinds[tried.kind] ?? 0) + 1;
    }
  }
  return { cases, kinds, differences };
}

/** A reader that throws is a difference too; its input is in the seed. */
function outcomeOf(tryOne: Target["tryOne"], seed: number): Tried {
  try {
    return tryOne(new Random(seed));
  } catch (error) {
    return { difference: `threw ${String(error)}`, input: new Uint8Array() };
  }
}

/** Not UTF-8, though a careless reader takes them: surrogates, forms that are too long, what is beyond Unicode. */
const notUtf8 = [
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xc0, 0x80],
  [0xe0, 0x80, 0x80],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
];

/** A few bytes otherwise, so that what was well-formed is nearly so. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const out = [...bytes];
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(out.length + 1);
    const [replaced, added] = random.pick<readonly [number, readonly number[]]>([
      [1, []],
      [0, [random.below(256)]],
      [1, [random.below(256)]],
      [1, [0x20 + random.below(0x60)]],
      [0, random.pick(notUtf8)],
      [out.length, []],
    ]);
    out.splice(at, replaced, ...added);
  }
  return Uint8Array.from(out);
}
