// Proof before deployment: every request that the law can tell from others is decided at every instant at which a
// decision may change, by two evaluators, and what they permit is searched for what its owner should know.
import { dataClasses } from "../policy/facts.ts";
import type { Decider } from "../policy/law-policy.ts";
import { boundariesOf, type Boundary, instantsOf, type Period } from "./boundaries.ts";
import { calendarOf, type LawChange } from "./calendar.ts";
import type { Deployment } from "./deployment.ts";
import { type Digest, digester } from "./digest.ts";
import { type Counterexample, disagreementOf, type Finding, shrink } from "./disagreement.ts";
import { type Evaluators, productEvaluators } from "./evaluators.ts";
import {
  type DeadEnd,
  deadEndsOf,
  type SinglePoint,
  singlePointsOf,
  type SovereigntyGap,
  sovereigntyGapsOf,
  type RegimeUse,
} from "./gaps.ts";
import { otherLaws } from "./other-laws.ts";
import { type IdleRule, RuleUse, type UnverifiedRule } from "./rule-use.ts";
import { everySituation, type Situation, type Vocabulary, vocabularyOf } from "./situations.ts";
import { rulingOf, type Span, timelineOf } from "./timeline.ts";

export interface CheckOptions extends Period {
  /** How many endpoints may be down together; 1 if not said. */
  readonly maxDown?: number;
  readonly evaluators?: Evaluators;
}

export interface CheckProgress {
  readonly tenantsDone: number;
  readonly tenants: number;
}

export interface CheckReport {
  readonly policyHash: string;
  readonly extent: CheckExtent;
  /** Empty: no permit holds an endpoint that the law forbids. */
  readonly counterexamples: readonly Counterexample[];
  /** Disagreements before they were shrunk and told apart; more than are listed. */
  readonly disagreementCount: number;
  readonly deadEnds: readonly DeadEnd[];
  readonly singlePoints: readonly SinglePoint[];
  readonly sovereigntyGaps: readonly SovereigntyGap[];
  readonly idleRules: readonly IdleRule[];
  readonly unverifiedRules: readonly UnverifiedRule[];
  readonly expiries: readonly LawChange[];
}

/** What was proved: so many requests, of which so many kinds had to be decided. */
export interface CheckExtent extends Period {
  readonly tenants: number;
  readonly places: number;
  readonly classes: number;
  readonly sectors: number;
  /** Combinations of tenant, sector, claimed place and claimed class. */
  readonly requests: number;
  /** Policies with one thing otherwise than this one says of a machine, its operator or a document, tenant by tenant. */
  readonly variants: number;
  /** Those that the law can tell apart. */
  readonly kinds: number;
  /** At each instant at which the decision on a kind may change. */
  readonly decisions: number;
}

const maxCounterexamples = 10;

/** Yields after each tenant, so that whoever runs it can show progress and do something else in between. */
export function* checkPolicy(
  deployment: Deployment,
  options: CheckOptions,
): Generator<CheckProgress, CheckReport, void> {
  const walk = new Walk(deployment, options);
  for (const [index, tenant] of deployment.tenants.entries()) {
    yield { tenantsDone: index, tenants: deployment.tenants.length };
    walk.visit(tenant);
  }
  yield { tenantsDone: deployment.tenants.length, tenants: deployment.tenants.length };
  return walk.report();
}

class Walk {
  readonly #deployment: Deployment;
  readonly #options: CheckOptions;
  readonly #evaluators: Evaluators;
  readonly #decider: Decider;
  readonly #vocabulary: Vocabulary;
  readonly #digestOf: ReturnType<typeof digester>;
  readonly #boundaries: readonly Boundary[];
  readonly #use: RuleUse;
  readonly #standings: RegimeUse[] = [];
  readonly #counterexamples = new Map<string, Counterexample>();
  #disagreementCount = 0;
  #requests = 0;
  #variants = 0;
  #kinds = 0;
  #decisions = 0;

  constructor(deployment: Deployment, options: CheckOptions) {
    this.#deployment = deployment;
    this.#options = options;
    this.#evaluators = options.evaluators ?? productEvaluators;
    this.#decider = this.#evaluators.serving(deployment.law);
    this.#vocabulary = vocabularyOf([deployment]);
    this.#digestOf = digester(deployment.law, this.#evaluators.readings);
    this.#boundaries = boundariesOf(deployment.law);
    this.#use = new RuleUse(deployment.law);
  }

  /** Digests compare requests of one tenant only, so they are forgotten with it. */
  visit(tenant: Deployment["tenants"][number]): void {
    const timelines = new Map<string, readonly Span[]>();
    for (const situation of everySituation(tenant, this.#vocabulary, this.#deployment.law)) {
      const { claimedPlaces, claimedClass, isContractual, facts } = situation;
      this.#requests += claimedPlaces?.length ?? 1;
      const digest = this.#digestOf(facts);
      const timeline = timelines.get(digest.text) ?? this.#decide(situation, digest);
      timelines.set(digest.text, timeline);
      if (isContractual && claimedClass === null) this.#standings.push({ tenant, claimedPlaces, timeline });
    }
    this.#kinds += timelines.size;
    this.#visitVariants(tenant);
  }

  /** Each decides once, at the beginning: what it does to the clock, the policy as it stands does too. */
  #visitVariants({ facts }: Deployment["tenants"][number]): void {
    const { fromMs } = this.#options;
    for (const { law, said } of otherLaws(this.#deployment.law, facts)) {
      this.#variants += 1;
      const ruling = rulingOf(this.#evaluators.serving(law).decide(facts, fromMs));
      if (disagreementOf(ruling, this.#evaluators.plain(law, facts, fromMs)) === null) continue;
      this.#noteDisagreement({ facts, instants: [fromMs], law, variant: said });
    }
  }

  report(): CheckReport {
    const { fromMs, untilMs, maxDown = 1 } = this.#options;
    const deployment = this.#deployment;
    return {
      policyHash: deployment.law.hash,
      extent: this.#extent(),
      counterexamples: [...this.#counterexamples.values()],
      disagreementCount: this.#disagreementCount,
      deadEnds: deadEndsOf(this.#standings, deployment),
      singlePoints: singlePointsOf(this.#standings, deployment, maxDown),
      sovereigntyGaps: sovereigntyGapsOf(this.#standings, deployment),
      idleRules: this.#use.idle,
      unverifiedRules: this.#use.unverified,
      expiries: calendarOf(deployment, { fromMs, untilMs }).changes,
    };
  }

  #decide({ facts }: Situation, { regimes }: Digest): readonly Span[] {
    const { law } = this.#deployment;
    const instants = instantsOf(this.#boundaries, { exporter: facts.exporter, regimes }, this.#options);
    return timelineOf(
      (instantMs) => {
        this.#decisions += 1;
        const decision = this.#decider.decide(facts, instantMs);
        this.#use.note(decision);
        const ruling = rulingOf(decision);
        if (disagreementOf(ruling, this.#evaluators.plain(law, facts, instantMs)) !== null) {
          const asked = instants.slice(0, instants.indexOf(instantMs) + 1);
          this.#noteDisagreement({ facts, instants: asked, law, variant: null });
        }
        return ruling;
      },
      instants,
      this.#options.untilMs,
    );
  }

  #noteDisagreement(found: Finding): void {
    this.#disagreementCount += 1;
    if (this.#counterexamples.size >= maxCounterexamples) return;
    const example = shrink(found, this.#evaluators);
    if (example === null) return;
    const seen = { ...example.facts, tenant: null };
    this.#counterexamples.set(JSON.stringify([example.kind, example.variant, seen]), example);
  }

  #extent(): CheckExtent {
    const { places, sectors } = this.#vocabulary;
    const { fromMs, untilMs } = this.#options;
    return {
      fromMs,
      untilMs,
      tenants: this.#deployment.tenants.length,
      places: places.flat().length,
      classes: dataClasses.length,
      sectors: sectors.flat().length,
      requests: this.#requests,
      variants: this.#variants,
      kinds: this.#kinds,
      decisions: this.#decisions,
    };
  }
}
