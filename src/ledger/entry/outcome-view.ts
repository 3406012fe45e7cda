// What an outcome of any version says of its attempts, in one form.
import { agreesWith, type Place } from "../../base/index.ts";
import type { StoredOutcome } from "./entry.ts";
import type { AttemptEvidence, AttemptRecord, CachedAnswer, TokenCounts } from "./outcome-entry.ts";
import type { OutcomeEntryV1 } from "./v1/former-entries.ts";

/** As an {@link AttemptRecord}, with null also for what the entry's version did not record. */
export interface AttemptView extends Omit<AttemptRecord, "sent" | "allowed" | "evidence"> {
  /** Null: not recorded, so it may have been sent. */
  readonly sent: boolean | null;
  /** Null: not recorded here; the decision says it. */
  readonly allowed: readonly Place[] | null;
  readonly evidence: (Omit<AttemptEvidence, "source"> & { readonly source: string | null }) | null;
}

export interface OutcomeView {
  readonly attempts: readonly AttemptView[];
  /** The one of `attempts` whose answer was given. */
  readonly answered: AttemptView | null;
  /** Where an answer came from that nobody was asked for: from the cell's response cache. */
  readonly cached: CachedAnswer | null;
  /** Of the answer that was given, and null where it was given before. */
  readonly tokens: TokenCounts | null;
}

/** Whether evidence shows an attempt outside what its permit allowed: nobody can say it of one whose entry did not record that. */
export function isStray({ allowed }: Pick<AttemptView, "allowed">, shown: readonly Place[]): boolean {
  if (allowed === null) return false;
  const permitted = new Set(allowed);
  return shown.some((place) => !agreesWith(permitted, place));
}

export function outcomeView(outcome: StoredOutcome): OutcomeView {
  if (outcome.v === 1) return viewOfV1(outcome);
  const { attempts, answeredBy } = outcome;
  const answered = answeredBy === null ? null : (attempts[answeredBy] ?? null);
  const cached = outcome.v === 2 ? null : outcome.cached;
  return { attempts, answered, cached, tokens: answered?.usage ?? null };
}

/**
 * Version 1 names the endpoint that answered apart from the attempts, in whose words it is the last one of its name. An
 * outcome that came in the middle of an attempt, as when the caller left, has it in `executed` alone.
 */
function viewOfV1({ attempts, executed, tokens }: OutcomeEntryV1): OutcomeView {
  const views = attempts.map(({ endpoint, failure }): AttemptView => ({ ...unrecorded, endpoint, failure }));
  if (executed === null) return { attempts: views, answered: null, cached: null, tokens };
  const position = attempts.findLastIndex(({ endpoint }) => endpoint === executed.endpoint);
  const answered: AttemptView = {
    ...unrecorded,
    endpoint: executed.endpoint,
    sent: true,
    asked: { model: executed.model, region: null },
    allowed: executed.claimed,
    evidence: { grade: executed.evidence, source: null, places: executed.evidenced },
    failure: attempts[position]?.failure ?? null,
    usage: tokens,
  };
  const all = position === -1 ? [...views, answered] : views.with(position, answered);
  return { attempts: all, answered, cached: null, tokens };
}

const unrecorded: Omit<AttemptView, "endpoint" | "failure"> = {
  sent: null,
  asked: { model: null, region: null },
  allowed: null,
  evidence: null,
  observedAt: null,
  requestId: null,
  usage: null,
};
