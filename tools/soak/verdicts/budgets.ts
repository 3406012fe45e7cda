// What tenants have spent, worked out here from the ledger and the tables of money.ts, beside what the cell said of it.
import {
  type AttemptView,
  outcomeView,
  type StoredDecision,
  type StoredOutcome,
} from "../../../src/ledger/index.ts";
import type { Audit, BudgetStanding, Call } from "../journal.ts";
import { comingTenant, type EngineName } from "../lawful-sets.ts";
import { embedder, pricesPerMillion, tokenBounds, unitsPerEuro } from "../money.ts";
import type { Recorded, RecordedRequest } from "../recorded.ts";
import { type Seen, type Verdict, verdict } from "../verdict.ts";

/** Of a double that tells EUR. */
const roundingEuro = 1e-9;

export function judgeBudgets({ journal }: Seen, recorded: Recorded): Verdict {
  const spent = journal.audits.map((audit) => judgeAudit(audit, journal.calls, recorded));
  const faults = spent.flatMap((each) => each.faults);
  if (journal.audits.length === 0) faults.push("the books were never compared");
  const last = spent.at(-1)?.euros ?? [];
  return verdict(
    "each budget stands where the outcomes add up to",
    {
      audits: journal.audits.length,
      budgetsCompared: spent.reduce((sum, { euros }) => sum + euros.length, 0),
      ...Object.fromEntries(last.map(([tenant, euro]) => [`${tenant}Euro`, euro.toFixed(6)])),
    },
    faults,
  );
}

interface Audited {
  readonly euros: readonly (readonly [tenant: string, euro: number])[];
  readonly faults: readonly string[];
}

function judgeAudit(audit: Audit, calls: readonly Call[], { requests }: Recorded): Audited {
  // A budget that a reload brings counts from then on, and the coming tenant's was brought at any time.
  const lasting = audit.budgets.filter(({ tenant }) => tenant !== comingTenant);
  const compared = lasting.map((budget) => {
    const spent = spentBy(budget, audit, requests.values());
    return { budget, spent };
  });
  return {
    euros: compared.map(({ budget, spent }) => [budget.tenant, spent.euro]),
    faults: compared.flatMap(({ budget, spent }) =>
      faultsOf(budget, spent, { when: audit.when, openAtLosses: openAtLosses(budget, audit, calls) }),
    ),
  };
}

interface Spent {
  readonly euro: number;
  /** Part of it that nobody knows, and that counts at the bound. */
  readonly unknownEuro: number;
}

function faultsOf(
  { tenant, used, most }: BudgetStanding,
  { euro, unknownEuro }: Spent,
  { when, openAtLosses: open }: { readonly when: string; readonly openAtLosses: number },
): readonly string[] {
  const surplus = used - euro;
  // What a lost thread had reserved counts as spent, also of requests that it had not recorded (docs/limits.md).
  const mostSurplus = open * euroOf(mostUnits(Object.keys(pricesPerMillion), false));
  const isEqual = surplus >= -roundingEuro && surplus <= mostSurplus + roundingEuro;
  return [
    ...(isEqual ? [] : [`${when}: \`${tenant}\` stands at ${used} EUR, and its outcomes add up to ${euro}`]),
    ...(euro - unknownEuro <= most + roundingEuro
      ? []
      : [`${when}: \`${tenant}\` may spend ${most} EUR, and its outcomes add up to ${euro}`]),
  ];
}

/** Requests of the tenant that some thread may have had when it was lost. */
function openAtLosses({ tenant }: BudgetStanding, { lossesMs }: Audit, calls: readonly Call[]): number {
  const own = calls.filter((call) => call.tenant === tenant);
  return lossesMs
    .map((atMs) => own.filter(({ startedMs, endedMs }) => startedMs <= atMs && endedMs >= atMs).length)
    .reduce((sum, each) => sum + each, 0);
}

/** Over permits that were in the log by then, and of the budget's period. */
function spentBy(
  { handle, sinceMs }: BudgetStanding,
  { logSizes }: Audit,
  requests: Iterable<RecordedRequest>,
): Spent {
  let known = 0n;
  let unknown = 0n;
  for (const { decisions, outcomes } of requests) {
    const byDecision = new Map(outcomes.map((each) => [`${each.origin}#${each.entry.decision}`, each.entry]));
    for (const { position, entry } of decisions) {
      const [origin = "", index] = position.split("#");
      const isOurs = entry.tenant === handle && entry.verdict === "permit" && entry.ts >= sinceMs;
      if (!isOurs || Number(index) >= (logSizes.get(origin) ?? 0)) continue;
      const cost = costOf(byDecision.get(position), entry);
      known += cost.known;
      unknown += cost.unknown;
    }
  }
  return { euro: euroOf(known + unknown), unknownEuro: euroOf(unknown) };
}

interface Cost {
  readonly known: bigint;
  readonly unknown: bigint;
}

/** By the table "What was used" of docs/limits.md. */
function costOf(outcome: StoredOutcome | undefined, { allowed, model }: StoredDecision): Cost {
  const isVector = model === embedder;
  if (outcome === undefined || outcome.result === "unknown") {
    const engines = allowed.map(({ endpoint }) => endpoint);
    return { known: 0n, unknown: mostUnits(engines, isVector) };
  }
  const { attempts, answered } = outcomeView(outcome);
  let [known, unknown] = [0n, 0n];
  for (const attempt of attempts) {
    if (attempt.usage !== null) known += units(attempt.endpoint, attempt.usage, isVector);
    else if (!isFree(attempt, attempt === answered && outcome.result))
      unknown += mostUnits([attempt.endpoint], isVector);
  }
  return { known, unknown };
}

function isFree({ sent, failure }: AttemptView, answer: StoredOutcome["result"] | false): boolean {
  if (sent === false) return true;
  return answer === false ? failure?.startsWith("status_") === true : answer === "refused";
}

interface Tokens {
  readonly input: number;
  readonly output: number;
}

function units(engine: string, { input, output }: Tokens, isVector: boolean): bigint {
  const [read, written] = pricesPerMillion[engine as EngineName];
  const unitsPerToken = unitsPerEuro / 1e6;
  return BigInt(input * read * unitsPerToken) + BigInt(isVector ? 0 : output * written * unitsPerToken);
}

/** One attempt at the dearest of them. */
function mostUnits(engines: readonly string[], isVector: boolean): bigint {
  const bound = { input: tokenBounds.context, output: tokenBounds.output };
  return engines
    .map((engine) => units(engine, bound, isVector))
    .reduce((most, each) => (each > most ? each : most), 0n);
}

function euroOf(amount: bigint): number {
  return Number(amount) / unitsPerEuro;
}
