// The tables that reports are put together from. Each says what makes a group.
import { includesPlace, countryOf, type Place } from "../../base/index.ts";
import { outcomeView, type TransferEntry, type ViolationEntry } from "../../ledger/index.ts";
import { columns, joined } from "./cells.ts";
import type { PartMaker } from "./part.ts";
import { type Group, tallyPart } from "./parts/tally.ts";
import {
  type Recipient,
  recipientsOf,
  type Recorded,
  type RecordedRequest,
  shownPlaces,
} from "./recorded.ts";
import type { Cell } from "./report.ts";

export function tenantTable(article: string): PartMaker {
  return tallyPart({
    id: "tenants",
    title: "For whom",
    article,
    text: "Tenants under the opaque handles that the ledger has for them; the controller can tell whose they are.",
    columns: columns("Tenant", "Verdict", "Error"),
    groupsOf: ({ entry }) => [group(entry.tenant, entry.verdict, entry.error)],
  });
}

export function classTable(article: string): PartMaker {
  return tallyPart({
    id: "classes",
    title: "Categories of data",
    article,
    text: "The classes under which requests were decided. A request of several classes is counted in each.",
    columns: columns("Class", "Verdict"),
    chart: "Requests by class",
    groupsOf: ({ entry }) => entry.classes.map((each) => group(each, entry.verdict)),
  });
}

export function lawTable(article: string): PartMaker {
  return tallyPart({
    id: "laws",
    title: "Laws that were applied",
    article,
    text: "Every regime that took part in a decision; most requests are under several.",
    columns: columns("Regime", "Verdict"),
    groupsOf: ({ entry }) => entry.regimes.map((regime) => group(regime, entry.verdict)),
  });
}

export function recipientTable(article: string): PartMaker {
  return tallyPart({
    id: "recipients",
    title: "Who received what was sent",
    article,
    text:
      "Every endpoint that a request was sent to, whether it answered or not: where it was said to compute, and where it was shown that it did, which is a different question. An empty " +
      "place is one that nothing showed. The model is named of who answered. `unknown`: the process or the log ended before anybody could say.",
    columns: columns("Endpoint", "Said to compute in", "Evidenced in", "Evidence", "Model", "Answered"),
    chart: "Requests sent, by endpoint",
    groupsOf: (request) =>
      recipientGroups(request, ({ endpoint, claimed, evidenced, evidence, model, answered }) =>
        group(endpoint, joined(claimed), joined(evidenced), evidence, model, answered),
      ),
  });
}

/** B_02.02 of the register of information, as far as a log can fill it: what was observed, beside what was said. */
export function observedPlaceTable(article: string): PartMaker {
  return tallyPart({
    id: "b_02_02_observed",
    title: "Places of processing: observed, beside claimed",
    article,
    text:
      "For column c0160 of template B_02.02 (location of management of the data): the countries in which it was shown that requests were computed, answered or not, beside those that the " +
      "endpoint was said to compute in. The provider and the contract behind an endpoint are in the register itself; the log names endpoints.",
    columns: columns("Endpoint", "Claimed", "Observed c0160", "Evidence", "Agrees", "Answered"),
    chart: "Requests sent, by endpoint",
    groupsOf: (request) =>
      recipientGroups(request, (recipient) => {
        const { endpoint, claimed, evidenced, evidence, answered } = recipient;
        return group(endpoint, joined(claimed), joined(evidenced), evidence, agreement(recipient), answered);
      }),
  });
}

export function subjectPlaceTable(article: string): PartMaker {
  return tallyPart({
    id: "subject-places",
    title: "Where the data subjects were said to be",
    article,
    text: "And how that was known. A request with several claims is counted under each.",
    columns: columns("Place", "Known by"),
    chart: "Requests by the subject's place",
    groupsOf: ({ entry }) => unique(entry.places.map(({ place, basis }) => group(place, basis))),
  });
}

export function computedPlaceTable(article: string): PartMaker {
  return tallyPart({
    id: "computed-places",
    title: "Where it was computed",
    article,
    text:
      "Each country in which it was shown that a request was computed, answered or not; where nothing showed one, that in which its endpoint was said to compute, marked as claimed. Evidence " +
      "against the permit is marked as that.",
    columns: columns("Country", "Known by", "Evidence", "Answered"),
    chart: "Requests sent, by country",
    groupsOf: (request) =>
      recipientGroups(request, (recipient) => {
        const { claimed, evidenced, evidence, answered } = recipient;
        const places = evidenced.length > 0 ? evidenced : claimed;
        return places.map((place) => group(countryOf(place), basisOf(recipient), evidence, answered));
      }),
  });
}

export function transferTable(article: string): PartMaker {
  return tallyPart({
    id: "transfers",
    title: "Transfers",
    article,
    text:
      "What left for a place outside the free zone of a law that applied, with the mechanism and the documents that the decision relied on, as they were at that moment. " +
      "Recorded before anything left. Evidence against a permit is a transfer to the place that it showed, and nothing allowed that one.",
    columns: columns("To", "Endpoint", "Peer cell", "Regime", "Instrument", "Documents"),
    chart: "Transfers by destination",
    groupsOf: ({ transfers, violations }) => [
      ...transfers.flatMap((transfer) =>
        transferGroups(transfer.entry).map((each) => ({ ...each, shownBy: transfer })),
      ),
      ...unique(violations.map(contraryGroup)),
    ],
  });
}

export function refusalTable(article: string): PartMaker {
  return tallyPart({
    id: "refusals",
    title: "Refusals",
    article,
    text: "What the caller was told.",
    columns: columns("Error", "Verdict"),
    chart: "Refusals by error",
    groupsOf: ({ entry }) => (entry.verdict === "permit" ? [] : [group(entry.error, entry.verdict)]),
  });
}

export function ruleTable(article: string): PartMaker {
  return tallyPart({
    id: "rules",
    title: "Rules that kept requests from endpoints",
    article,
    text: "Of refused requests: each rule, and the endpoint or cell that it ruled out. A decision names as many as an entry holds.",
    columns: columns("Rule", "Ruled out"),
    groupsOf: ({ entry }) =>
      entry.verdict === "permit" ? [] : unique(entry.blocked.map(({ rule, target }) => group(rule, target))),
  });
}

export function modelTable(article: string): PartMaker {
  return tallyPart({
    id: "models",
    title: "Period of use, by model",
    article,
    text: "The model that was asked for, and the name and version of the one that answered, or whose answer was given again from the cache. First and last say from when to when it was in use.",
    columns: columns("Asked for", "Answered by", "Endpoint", "Result"),
    chart: "Requests by model",
    groupsOf: (request) => {
      const { entry, outcome } = request;
      if (entry.verdict !== "permit") return [];
      const answered = recipientsOf(request).find((recipient) => recipient.answered === "yes");
      const cached = outcome && outcomeView(outcome.entry).cached;
      const result = outcome?.entry.result ?? "under way";
      return [
        group(
          entry.model,
          answered?.model ?? cached?.asked.model ?? null,
          answered?.endpoint ?? cached?.endpoint ?? null,
          cached ? `${result}, from the cache` : result,
        ),
      ];
    },
  });
}

export function policyTable(article: string): PartMaker {
  return tallyPart({
    id: "policies",
    title: "Policies in force",
    article,
    text: "The hash of the policy, its packs and the legal events that each decision was made under. A change of policy is a new row.",
    columns: columns("Policy"),
    groupsOf: ({ entry }) => [group(entry.policy)],
  });
}

export function anomalyTable(article: string): PartMaker {
  return tallyPart({
    id: "anomalies",
    title: "Answers that did not end well",
    article,
    text: "Permitted requests whose answer was not complete, with what each attempt ran into.",
    columns: columns("Result", "Error", "Attempts"),
    groupsOf: ({ outcome }) => {
      if (outcome === null || outcome.entry.result === "complete") return [];
      const attempts = outcomeView(outcome.entry).attempts.map(
        ({ endpoint, failure }) => `${endpoint}: ${failure ?? "answered"}`,
      );
      return [
        { ...group(outcome.entry.result, outcome.entry.error, joined(attempts, "; ")), shownBy: outcome },
      ];
    },
  });
}

/** The same part over requests of one class alone. */
export function ofClass(wanted: string, part: PartMaker): PartMaker {
  return (context) => {
    const whole = part(context);
    return {
      request: (request) => {
        if (request.entry.classes.includes(wanted)) whole.request?.(request);
      },
      finish: () => whole.finish(),
    };
  };
}

function transferGroups({ computes, endpoint, peer, grounds }: TransferEntry): Group[] {
  const to = joined(computes);
  if (grounds.length === 0) return [group(to, endpoint, peer, null, null, null)];
  return grounds.map(({ regime, instrument, documents }) => {
    const named = Object.entries(documents).map(([name, document]) => `${name}: ${document}`);
    return group(to, endpoint, peer, regime, instrument, joined(named, "; "));
  });
}

/** Nothing in the decision allowed it: that is the violation. */
function contraryGroup(violation: Recorded<ViolationEntry>): Group {
  const { evidenced, endpoint } = violation.entry;
  return {
    ...group(
      shownPlaces(evidenced),
      endpoint,
      null,
      null,
      "none: shown by evidence, against the permit",
      null,
    ),
    shownBy: violation,
  };
}

/** Shown by the outcome, or by what stands before it where there is none. */
function recipientGroups(
  request: RecordedRequest,
  groupsOf: (recipient: Recipient) => Group | readonly Group[],
): readonly Group[] {
  const { outcome, violations, transfers } = request;
  const shownBy = outcome ?? violations[0] ?? transfers[0] ?? request;
  return unique(recipientsOf(request).flatMap(groupsOf)).map((each) => ({ ...each, shownBy }));
}

function basisOf({ evidenced, isContrary }: Recipient): string {
  if (isContrary) return "evidence against the permit";
  return evidenced.length > 0 ? "evidence" : "claim";
}

/** A country that holds the claimed subdivision is coarse evidence, not contrary evidence. */
function agreement({ claimed, evidenced, isContrary }: Recipient): string {
  if (isContrary) return "no";
  if (evidenced.length === 0) return "not shown";
  const set = new Set(claimed);
  const agrees = (place: Place): boolean =>
    includesPlace(set, place) || claimed.some((each) => countryOf(each) === place);
  return evidenced.every(agrees) ? "yes" : "no";
}

function group(...cells: readonly Cell[]): Group {
  return { cells };
}

/** A request is counted in a group once, however often it names it. */
function unique(groups: readonly Group[]): readonly Group[] {
  return Array.from(new Map(groups.map((each) => [each.cells.join("\0"), each])).values());
}
