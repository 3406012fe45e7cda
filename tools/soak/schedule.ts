// What is done to the cell and when: a value, made from the seed alone. Same seed, same length: same schedule.
import { unreachable } from "../../src/base/index.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Ailment, ailments } from "./engine.ts";
import { persons } from "./callers.ts";
import {
  engineNames,
  type EngineName,
  forbiddenEngine,
  lastingTenants,
  type LegalTarget,
  legalTargets,
  type TenantName,
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
  /** An engine computes elsewhere, and is in quarantine until somebody releases it, also over a restart. */
  | { readonly do: "lie"; readonly engine: EngineName; readonly restarts: boolean }
  | { readonly do: "lose-thread" }
  | { readonly do: "erase"; readonly tenant: TenantName; readonly person: string }
  /** Nobody asks for a while, and the books are compared. */
  | { readonly do: "audit"; readonly when: string }
  | { readonly do: "set-clock"; readonly bySeconds: number };

export interface Act {
  readonly atMs: number;
  readonly deed: Deed;
}

/** Shares of the run. */
const lastIllness = 0.85;
/** What is lost now and then is lost until then, so that one process with its threads lives long enough for its memory to be judged. */
const lossesEnd = { share: 0.4, ms: 360_000 } as const;
/** More often, and a cell takes it for more than chance (docs/decisions/0047). */
const betweenThreadLossesMs = 20_000;
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
  const lossesEndMs = Math.min(lengthMs * lossesEnd.share, lossesEnd.ms);
  const acts: Act[] = fixedActs(lengthMs, lossesEndMs);
  const endMs = lengthMs * lastIllness;
  let isComing = false;
  let lostMs = lossesEndMs * 0.5;
  for (let atMs = firstActMs; atMs < endMs - 1_500; atMs += dice.between(700, 2_200)) {
    const mayLose = atMs < lossesEndMs - 5_000;
    const mayLoseThread = mayLose && Math.abs(atMs - lostMs) > betweenThreadLossesMs;
    const word = dice.weighted([
      ...usual,
      ...(mayLose ? losses : ([["lie", 0.3]] as const)),
      ...(mayLoseThread ? ([["lose-thread", 2]] as const) : []),
    ]);
    if (word === "lose-thread") lostMs = atMs;
    if (word === "reload") isComing = !isComing;
    acts.push(...actsFor(word, { dice, atMs, endMs, isComing, mayLose, id: `act-${acts.length}` }));
  }
  return acts.toSorted((left, right) => left.atMs - right.atMs);
}

/** What no run goes without, however short. No event takes `fra-1` away, so its lie is heard. */
function fixedActs(lengthMs: number, lossesEndMs: number): Act[] {
  return [
    { atMs: lossesEndMs * 0.3, deed: { do: "kill" } },
    { atMs: lossesEndMs * 0.5, deed: { do: "lose-thread" } },
    { atMs: lossesEndMs * 0.65, deed: { do: "lie", engine: "fra-1", restarts: true } },
    { atMs: lengthMs * 0.45, deed: { do: "erase", tenant: "bank", person: "p1" } },
    { atMs: lengthMs * 0.5, deed: { do: "blackout", forMs: 4_000 } },
    ...longRunAudits(lengthMs),
    { atMs: lengthMs * 0.9, deed: { do: "audit", when: "before the last losses" } },
    { atMs: lengthMs * 0.92, deed: { do: "kill" } },
    // In the life that the books are looked at at the end.
    { atMs: lengthMs * 0.97, deed: { do: "lose-thread" } },
  ];
}

/** Each takes some seconds in which nobody asks. */
function longRunAudits(lengthMs: number): Act[] {
  return Array.from({ length: Math.floor(lengthMs / auditIntervalMs) - 1 }, (_, at) => ({
    atMs: (at + 1) * auditIntervalMs,
    deed: { do: "audit", when: `after ${at + 1} × ${auditIntervalMs / 60_000} min` },
  }));
}

const auditIntervalMs = 300_000;

type Word =
  | "illness"
  | "reload"
  | "bad-policy"
  | "suspension"
  | "flood"
  | "kill"
  | "lie"
  | "set-clock"
  | "lose-thread"
  | "erase";

const usual: readonly (readonly [Word, number])[] = [
  ["illness", 10],
  ["reload", 2],
  ["bad-policy", 0.7],
  ["suspension", 2],
  ["flood", 1],
  ["set-clock", 1],
  ["erase", 1],
];

const losses: readonly (readonly [Word, number])[] = [
  ["kill", 1],
  ["lie", 0.5],
];

interface Moment {
  readonly dice: Dice;
  readonly atMs: number;
  readonly endMs: number;
  readonly isComing: boolean;
  readonly mayLose: boolean;
  readonly id: string;
}

function actsFor(word: Word, { dice, atMs, endMs, isComing, mayLose, id }: Moment): readonly Act[] {
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
      return [
        {
          atMs,
          deed: { do: "lie", engine: dice.one(["fra-1", "fra-2", "par-1"] as const), restarts: mayLose },
        },
      ];
    case "erase":
      return [{ atMs, deed: { do: "erase", tenant: dice.one(lastingTenants), person: dice.one(persons) } }];
    case "lose-thread":
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
