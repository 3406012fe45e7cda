// What was decided and what came of it first; then what the record rests on, and the derivation again.
import { styleText } from "node:util";
import { formatInstant } from "../../../base/index.ts";
import {
  outcomeView,
  type AttemptView,
  type AttemptEvidence,
  type CachedAnswer,
} from "../../../ledger/index.ts";
import { wrap } from "../../terminal/wrap.ts";
import { formatExplanation } from "../ask/explanation-text.ts";
import type { Evidence } from "./evidence.ts";
import { type Again, type ExplainedDecision, isSame } from "./explained-decision.ts";
import type { RecordedDecision } from "./recorded-request.ts";

/** A difference beyond these is counted. */
const maxTold = 20;

/** What casts doubt on all the rest stands before it. */
export function formatRecorded(evidence: Evidence, explained: readonly ExplainedDecision[]): string {
  const last = explained.at(-1);
  const count = explained.length;
  return [
    ...formatFaults(evidence),
    ...(last === undefined ? [] : [headline(last.recorded)]),
    ...(count > 1 ? [`decided ${count} times: the last decision is told here, and each of them below`] : []),
    formatSameness(explained),
    ...(evidence.faults.length > 0 ? [] : [formatIntegrity(evidence)]),
    ...explained.flatMap((each) => ["", formatDecision(each.recorded), "", formatAgain(each.again)]),
  ].join("\n");
}

/** Of all decisions at once; what is wrong with one of them stands with it. */
function formatSameness(explained: readonly ExplainedDecision[]): string {
  if (explained.every(({ again }) => isSame(again)))
    return styleText(
      "green",
      "derived again to the same verdict: same endpoints allowed, same rules blocked",
    );
  if (explained.every(({ again }) => again.kind === "derived"))
    return styleText("red", "derived again to ANOTHER VERDICT than the recorded one");
  return styleText("red", "not derived again");
}

function headline({ decision, outcome }: RecordedDecision): string {
  const { verdict, error } = decision;
  if (verdict === "redirect") return styleText("red", `answered with the address of another cell: ${error}`);
  if (verdict === "refuse") return styleText("red", `refused: ${error}`);
  if (outcome === null) return "permitted; no outcome is recorded yet";
  const { answered, cached } = outcomeView(outcome.entry);
  const { result, error: failure } = outcome.entry;
  const computed =
    cached === null ? "nobody answered" : `answered from the cache, where ${cached.endpoint} computed it`;
  const by = answered === null ? computed : `answered by ${answered.endpoint}`;
  const colour = result === "complete" ? "green" : "red";
  return styleText(colour, `permitted, and ${by}: ${result}${failure === null ? "" : ` (${failure})`}`);
}

function formatFaults({ faults }: Evidence): readonly string[] {
  if (faults.length === 0) return [];
  return [
    styleText("red", "the evidence is damaged, and what follows may be false:"),
    ...capped(faults).map((fault) => wrap(`  ${fault}`, 4)),
    "",
  ];
}

function formatIntegrity({ trust, isChosen }: Evidence): string {
  if (trust === null)
    return wrap("the evidence was not verified: no trust file lies beside it; give one with `--trust`", 2);
  const what = isChosen ? "each entry is proven to be in its log" : "every log of it verifies";
  return wrap(`the evidence was verified: ${what}, under ${trust}`, 2);
}

function formatDecision(recorded: RecordedDecision): string {
  const { decision, origin, index, violations, corrections } = recorded;
  const revision = decision.v === 1 ? 0 : decision.revision;
  const again = revision > 0 ? ", again, because the law had changed under way" : "";
  return [
    `request ${decision.rid}, decided ${formatInstant(decision.ts)}`,
    `  in ${decision.cell}${again}`,
    `  entry   ${origin}#${index}`,
    `  policy  ${decision.policy}`,
    wrap(`  facts   ${factsText(recorded)}`, 10),
    ...formatAllowed(recorded),
    ...formatBlocked(recorded),
    ...formatAttempts(recorded),
    ...violations.map(({ entry: { endpoint, claimed, evidenced, evidence } }) =>
      wrap(
        `  violation: ${endpoint} claimed ${claimed.join(", ")} and showed ${evidenced.join(", ")} (${evidence})`,
        4,
      ),
    ),
    ...corrections.map(({ entry: { ts, attempt, evidence, reason } }) =>
      wrap(
        `  corrected ${formatInstant(ts)}: attempt ${attempt + 1} has ${evidenceText(evidence)} (${reason})`,
        4,
      ),
    ),
  ].join("\n");
}

function factsText({ decision: { places, classes, model }, isImported }: RecordedDecision): string {
  const subject = places.map(({ place, basis }) => `${place} (${basis})`).join(", ") || "nowhere";
  return [
    `subject in ${subject}`,
    `data ${classes.join(", ") || "of no class"}`,
    ...(model === null ? ["its model was not read"] : [`model ${model}`]),
    ...(isImported ? ["sent on by another cell"] : []),
  ].join("; ");
}

function formatAllowed({
  decision: { verdict, allowed, allowedCount },
}: RecordedDecision): readonly string[] {
  if (verdict !== "permit") return [];
  const untold = allowedCount - allowed.length;
  return [
    "  allowed, best first:",
    ...allowed.map(({ endpoint, computes, transfer, grounds }) => {
      const tools = [...new Set(grounds.flatMap(({ instrument }) => instrument ?? []))].join("; ");
      const how = transfer ? ` as a transfer${tools === "" ? "" : ` under ${tools}`}` : "";
      return wrap(`    ${endpoint} in ${computes.join(", ")}${how}`, 6);
    }),
    ...(untold > 0 ? [`    and ${untold} more, which the entry did not hold and so were not used`] : []),
  ];
}

function formatBlocked({ decision: { blocked, blockedCount } }: RecordedDecision): readonly string[] {
  if (blockedCount === 0) return [];
  const untold = blockedCount - blocked.length;
  return [
    "  blocked by the rules:",
    ...Array.from(
      Map.groupBy(blocked, ({ rule }) => rule),
      ([rule, targets]) => wrap(`    ${rule}: ${targets.map(({ target }) => target).join(", ")}`, 6),
    ),
    ...(untold > 0 ? [`    and ${untold} more blocks, which the entry did not hold`] : []),
  ];
}

function formatAttempts({ outcome }: RecordedDecision): readonly string[] {
  if (outcome === null) return [];
  const { result, status, error, ts } = outcome.entry;
  const { attempts, answered, cached } = outcomeView(outcome.entry);
  const told = [result, ...(status === null ? [] : [`status ${status}`]), ...(error === null ? [] : [error])];
  return [
    wrap(`  outcome ${formatInstant(ts)}, entry #${outcome.index}: ${told.join(", ")}`, 4),
    ...(attempts.length === 0 ? ["    it was sent to nobody"] : []),
    ...(cached === null ? [] : [wrap(`    ${formatCached(cached)}`, 7)]),
    ...attempts.map((attempt, at) =>
      wrap(
        `    ${at + 1}. ${formatAttempt(attempt)}${attempt === answered ? "; its answer was given" : ""}`,
        7,
      ),
    ),
  ];
}

function formatCached({ of, at, endpoint, evidence }: CachedAnswer): string {
  const shown = evidence === null ? "which showed nothing" : `with ${evidenceText(evidence)}`;
  return `the answer that ${endpoint} had given ${formatInstant(at)} was given again, ${shown}: ${of.origin}#${of.index}`;
}

function formatAttempt({ endpoint, sent, asked, evidence, failure, requestId }: AttemptView): string {
  const got = sent === null ? "may have been sent" : sent ? "sent" : "nothing was sent";
  return [
    `${endpoint}: ${got}`,
    ...(asked.region === null ? [] : [`asked in ${asked.region}`]),
    ...(failure === null ? [] : [`failed: ${failure}`]),
    evidence === null ? "showed nothing" : evidenceText(evidence),
    ...(requestId === null ? [] : [`the provider calls it ${requestId}`]),
  ].join("; ");
}

function evidenceText({
  grade,
  source,
  places,
}: Omit<AttemptEvidence, "source"> & { readonly source: string | null }): string {
  const from = source === null ? "" : ` by ${source}`;
  return `evidence ${grade}${from} of ${places.join(", ") || "no place"}`;
}

function formatAgain(again: Again): string {
  if (again.kind !== "derived") {
    const why = again.kind === "damaged" ? "the evidence lacks what it names" : "something is missing";
    return [
      `not derived again: ${why}`,
      ...capped(again.reasons).map((reason) => wrap(`  ${reason}`, 4)),
    ].join("\n");
  }
  const { tenant, events, assumed, explanation } = again;
  return [
    wrap(`the derivation again, by the law whose hash the entry names and the contract of ${tenant}`, 2),
    ...(events.length > 0
      ? [
          wrap(
            `  legal events that the cell held: ${events.map(({ id, act }) => `${act} ${id}`).join(", ")}`,
            4,
          ),
        ]
      : []),
    ...assumed.map((each) => wrap(`  assumed: ${each}`, 4)),
    ...formatDifferences(again),
    "",
    explanation === null ? "the law could not be decided, now as then" : formatExplanation(explanation),
  ].join("\n");
}

function formatDifferences({
  differences,
  mayExplain,
}: Extract<Again, { readonly kind: "derived" }>): readonly string[] {
  if (differences.length === 0) return [];
  return [
    "  it differs from what is recorded:",
    ...capped(differences).map((difference) => wrap(`    ${difference}`, 6)),
    "  what may explain it, since no entry holds it:",
    ...mayExplain.map((each) => wrap(`    ${each}`, 6)),
  ];
}

function capped(lines: readonly string[]): readonly string[] {
  const untold = lines.length - maxTold;
  return untold > 0 ? [...lines.slice(0, maxTold), `and ${untold} more`] : lines;
}
