import type { Money } from "../../config/index.ts";

/** Budgets go to 10²¹ of the smallest unit, which one word of 64 bits does not hold. */
export const wordsPerAmount = 2;

export function readAmount(words: BigInt64Array, at: number): Money {
  const low = words[at] ?? 0n;
  const high = words[at + 1] ?? 0n;
  if (high === 0n && low >= 0n) return low;
  return (high << 64n) | BigInt.asUintN(64, low);
}

/** INVARIANT: whoever dies between the two words leaves more than there was, or what there was. */
export function writeAmount(words: BigInt64Array, at: number, amount: Money): void {
  const high = amount >> 64n;
  if (high < (words[at + 1] ?? 0n)) {
    words[at] = BigInt.asIntN(64, amount);
    words[at + 1] = high;
  } else {
    words[at + 1] = high;
    words[at] = BigInt.asIntN(64, amount);
  }
}
