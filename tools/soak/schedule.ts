// What is done to the cell and when: a value, made from the seed alone. Same seed, same length: same schedule.
import { unreachable } from "../../src/base/index.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Ailment, ailments } from "./engine.ts";
import {
  engineNames,
  type EngineName,
  forbiddenEngine,
  type LegalTarget,
  legalTargets,
} from "./lawful-sets.ts";

export type Deed =
  | { readonly do: "fall-ill"; readonly engine: EngineName; readonly mode: Ailment }
  | { readonly do: "recover"; readonly engine: EngineName }
  /** Every engine that the clinic may use is dead for a while. */
  | { readonly do: "blackout"; readonly forMs: number }
  | { readonly do: "reload"; readonly withComing: boolean }
  | { readonly do: "bad-policy" }
  | { readonly do: "suspend"; readonly id: string; readonly target: LegalTarget }
  | { readonly do: "lift"; readonly id: string }
  | { readonly do: "flood"; readonly count: number }
  | { readonly do: "kill" }
  /** An engine computes elsewhere; then the cell is stopped and started, which ends the quarantine. */
  | { readonly do: "lie"; readonly engine: EngineName }
  | { readonly do: "set-clock"; readonly bySeconds: number };

export interface Act {
  readonly atMs: number;
  readonly deed: Deed;
}

/** Shares of the run: kills and restarts end at the first, so that one process lives long enough for its memory to be judged. */
export const lastRestart = 0.4;
const lastIllness = 0.85;
const firstActMs = 2_000;
/** Either way. */
const mostSetSeconds = 600;
/** Longer than an event may take to have effect. */
const leastSuspensionMs = 7_000;

export interface Plan {
  readonly seed: number;
  readonly lengthMs: number;
}

export function planSchedule({ seed, lengthMs }: Plan): readonly Act[] {
  const dice = new Dice(seededRandom(seed));
  const acts: Act[] = fixedActs(lengthMs);
  const endMs = lengthMs * lastIllness;
  let isComing = false;
  for (let atMs = firstActMs; atMs < endMs - 1_500; atMs += dice.between(700, 2_200)) {
    const mayRestart = atMs < lengthMs * lastRestart - 5_000;
    const word = dice.weighted(mayRestart ? [...usual, ["kill", 1], ["lie", 0.5]] : usual);
    if (word === "reload") isComing = !isComing;
    acts.push(...actsFor(word, { dice, atMs, endMs, isComing, id: `act-${acts.length}` }));
  }
  return acts.toSorted((left, right) => left.atMs - right.atMs);
}

/** What no run goes without, however short. No event takes `fra-1` away, so its lie is heard. */
function fixedActs(lengthMs: number): Act[] {
  return [
    { atMs: lengthMs * 0.15, deed: { do: "kill" } },
    { atMs: lengthMs * 0.27, deed: { do: "lie", engine: "fra-1" } },
    { atMs: lengthMs * 0.5, deed: { do: "blackout", forMs: 4_000 } },
  ];
}

type Word = "illness" | "reload" | "bad-policy" | "suspension" | "flood" | "kill" | "lie" | "set-clock";

const usual: readonly (readonly [Word, number])[] = [
  ["illness", 10],
  ["reload", 2],
  ["bad-policy", 0.7],
  ["suspension", 2],
  ["flood", 1],
  ["set-clock", 1],
];

interface Moment {
  readonly dice: Dice;
  readonly atMs: number;
  readonly endMs: number;
  readonly isComing: boolean;
  readonly id: string;
}

function actsFor(word: Word, { dice, atMs, endMs, isComing, id }: Moment): readonly Act[] {
  const ill = engineNames.filter((name) => name !== forbiddenEngine);
  const later = (afterMs: number): number => Math.min(atMs + afterMs, endMs);
  switch (word) {
    case "illness": {
      const engine = dice.one(ill);
      return [
        { atMs, deed: { do: "fall-ill", engine, mode: dice.one(ailments) } },
        { atMs: later(dice.between(800, 5_000)), deed: { do: "recover", engine } },
      ];
    }
    case "suspension":
      return [
        { atMs, deed: { do: "suspend", id, target: dice.one(legalTargets) } },
        { atMs: atMs + dice.between(leastSuspensionMs, 2 * leastSuspensionMs), deed: { do: "lift", id } },
      ];
    case "reload":
      return [{ atMs, deed: { do: "reload", withComing: isComing } }];
    case "flood":
      return [{ atMs, deed: { do: "flood", count: Math.round(dice.between(60, 160)) } }];
    case "set-clock":
      return [{ atMs, deed: { do: "set-clock", bySeconds: dice.between(-mostSetSeconds, mostSetSeconds) } }];
    case "lie":
      return [{ atMs, deed: { do: "lie", engine: dice.one(["fra-1", "fra-2", "par-1"] as const) } }];
    case "kill":
    case "bad-policy":
      return [{ atMs, deed: { do: word } }];
    default:
      return unreachable(word);
  }
}

class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error("there is nothing to choose from");
    return item;
  }

  weighted(items: readonly (readonly [Word, number])[]): Word {
    let at = this.#random() * items.reduce((sum, [, weight]) => sum + weight, 0);
    return items.find(([, weight]) => (at -= weight) < 0)?.[0] ?? "illness";
  }
}
