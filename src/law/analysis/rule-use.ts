// Which rules ever make a difference: gathered from the decisions of a check. Whoever opens it owns its state.
import { includesPlace, type Place } from "../../base/index.ts";
import type { Block, Decision } from "../decision.ts";
import { sitedIn } from "../policy/endpoint.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import type { Confidence, Regime } from "../policy/regime.ts";

/** A rule that changes no verdict of any request that was checked. */
export interface IdleRule {
  readonly kind: "regime" | "free-destination" | "mechanism";
  /** The regime's or mechanism's id, or the instrument of the destination. */
  readonly id: string;
  /** The regime that a destination is of. */
  readonly regime: string | null;
  /** `shadowed`: others forbid whatever it forbids. `nothing-there`: no cell or endpoint is at the destination. */
  readonly why: "never-applies" | "shadowed" | "never-forbids" | "never-needed" | "nothing-there";
  /** For a shadowed one: the rules that each time forbid too. */
  readonly shadowedBy: readonly string[];
}

/** A law that decides requests and whose text was not re-read by whoever wrote the pack. */
export interface UnverifiedRule {
  readonly regime: string;
  readonly confidence: Confidence;
}

export class RuleUse {
  readonly #law: LawPolicy;
  readonly #cellOf: ReadonlyMap<string, string>;
  readonly #applied = new Set<string>();
  /** Rules that alone kept some endpoint from some request. */
  readonly #decisive = new Set<string>();
  readonly #company = new Map<string, Set<string>>();
  readonly #instruments = new Set<string>();

  constructor(law: LawPolicy) {
    this.#law = law;
    this.#cellOf = new Map(law.endpoints.map(({ id, cell }) => [id, cell]));
  }

  note(decision: Decision): void {
    if (decision.kind === "refusal") return this.#noteBlocks(decision.refusal.blocks);
    const { regimes, endpoints } = decision.permit.terms;
    regimes.forEach((regime) => this.#applied.add(regime));
    for (const { regime, instrument } of endpoints.flatMap(({ grounds }) => grounds)) {
      if (instrument !== null) this.#instruments.add(instrument).add(`${regime} ${instrument}`);
    }
    this.#noteBlocks(decision.blocks);
  }

  get idle(): readonly IdleRule[] {
    const { regimes, mechanisms } = this.#law;
    return [
      ...regimes.flatMap((regime) => this.#idleRegime(regime)),
      ...regimes
        .filter(({ id, rule }) => rule === "conditional" && this.#applied.has(id))
        .flatMap((regime) => this.#idleDestinations(regime)),
      ...mechanisms
        .filter(({ id }) => !this.#instruments.has(id))
        .map(({ id }) => idle("mechanism", id, "never-needed")),
    ];
  }

  get unverified(): readonly UnverifiedRule[] {
    return this.#law.regimes
      .filter(({ id, confidence }) => this.#applied.has(id) && isUnverified(confidence))
      .map(({ id, confidence }) => ({ regime: id, confidence }));
  }

  #noteBlocks(blocks: readonly Block[]): void {
    const byTarget = Map.groupBy(blocks, ({ target }) => target as string);
    for (const [endpoint, cell] of this.#cellOf) {
      const blocking = [...(byTarget.get(endpoint) ?? []), ...(byTarget.get(cell) ?? [])];
      this.#noteRules(new Set(blocking.map(({ rule }) => rule)));
    }
  }

  #noteRules(rules: ReadonlySet<string>): void {
    for (const rule of rules) {
      this.#applied.add(rule);
      if (rules.size === 1) this.#decisive.add(rule);
      const company = this.#company.get(rule) ?? new Set();
      rules.forEach((other) => company.add(other));
      this.#company.set(rule, company);
    }
  }

  #idleRegime({ id, covers, obligations }: Regime): readonly IdleRule[] {
    if (!this.#applied.has(id)) return [idle("regime", id, "never-applies")];
    const company = this.#company.get(id);
    if (company === undefined) {
      // It forbids nothing here, yet without it the law of a place would be unknown, or a duty forgotten.
      return covers.size > 0 || obligations.length > 0 ? [] : [idle("regime", id, "never-forbids")];
    }
    if (this.#decisive.has(id)) return [];
    const shadowedBy = [...company].filter((other) => other !== id).toSorted();
    return [{ ...idle("regime", id, "shadowed"), shadowedBy }];
  }

  #idleDestinations({ id, freeDestinations }: Regime): readonly IdleRule[] {
    const used: readonly Place[] = [...this.#law.cells, ...this.#law.endpoints].flatMap(sitedIn);
    return freeDestinations
      .filter(({ instrument }) => !this.#instruments.has(`${id} ${instrument}`))
      .map(({ instrument, places }) => {
        const isThere = used.some((place) => includesPlace(places, place));
        return {
          ...idle("free-destination", instrument, isThere ? "never-needed" : "nothing-there"),
          regime: id,
        };
      });
  }
}

function idle(kind: IdleRule["kind"], id: string, why: IdleRule["why"]): IdleRule {
  return { kind, id, regime: null, why, shadowedBy: [] };
}

function isUnverified(confidence: Confidence): boolean {
  return confidence === "background" || confidence === "unconfirmed";
}
