// The tables that reports are put together from. Each says what makes a group, or which entries it lists.
import { formatInstant, includesPlace, countryOf, type Place } from "../../base/index.ts";
import type { Entry, TransferEntry } from "../../ledger/index.ts";
import type { PartMaker } from "./part.ts";
import { listingPart } from "./parts/listing.ts";
import { type Group, tallyPart } from "./parts/tally.ts";
import type { RecordedRequest } from "./recorded.ts";
import type { Cell, Column } from "./report.ts";

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
      "Endpoints that answered: where they were said to compute, and where their answers showed that they did, which is a different question. An empty " +
      "place is one that the answer did not show.",
    columns: columns("Endpoint", "Said to compute in", "Evidenced in", "Evidence", "Model"),
    chart: "Answered requests by endpoint",
    groupsOf: (request) =>
      executedOf(request, ({ endpoint, claimed, evidenced, evidence, model }) =>
        group(endpoint, joined(claimed), joined(evidenced), evidence, model),
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
      "For column c0160 of template B_02.02 (location of management of the data): the countries in which answers showed that they were computed, beside those that the " +
      "endpoint was said to compute in. The provider and the contract behind an endpoint are in the register itself; the log names endpoints.",
    columns: columns("Endpoint", "Claimed", "Observed c0160", "Evidence", "Agrees"),
    chart: "Answered requests by endpoint",
    groupsOf: (request) =>
      executedOf(request, ({ endpoint, claimed, evidenced, evidence }) =>
        group(endpoint, joined(claimed), joined(evidenced), evidence, agreement(claimed, evidenced)),
      ),
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
    text: "Each country in which an answer showed that it was computed; where it showed none, the one in which its endpoint was said to compute, marked as claimed.",
    columns: columns("Country", "Known by", "Evidence"),
    chart: "Answered requests by country",
    groupsOf: (request) =>
      executedOf(request, ({ claimed, evidenced, evidence }) => {
        const places = evidenced.length > 0 ? evidenced : claimed;
        const basis = evidenced.length > 0 ? "evidence" : "claim";
        return unique(places.map((place) => group(countryOf(place), basis, evidence)));
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
      "Recorded before anything left.",
    columns: columns("To", "Endpoint", "Peer cell", "Regime", "Instrument", "Documents"),
    chart: "Transfers by destination",
    groupsOf: ({ transfers }) =>
      transfers.flatMap((transfer) =>
        transferGroups(transfer.entry).map((each) => ({ ...each, shownBy: transfer })),
      ),
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
    text: "The model that was asked for, and the name and version of the one that answered. First and last say from when to when it was in use.",
    columns: columns("Asked for", "Answered by", "Endpoint", "Result"),
    chart: "Requests by model",
    groupsOf: ({ entry, outcome }) => {
      if (entry.verdict !== "permit") return [];
      const executed = outcome?.entry.executed ?? null;
      return [
        group(
          entry.model,
          executed?.model ?? null,
          executed?.endpoint ?? null,
          outcome?.entry.result ?? "under way",
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
      const attempts = outcome.entry.attempts.map(
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

export function violationList(article: string): PartMaker {
  return listingPart({
    id: "violations",
    title: "Evidence against a permit",
    article,
    text: "An answer showed that it was computed outside what the decision allowed. The endpoint is taken out of service, and the answer is not given.",
    counts: "violations",
    isAlarming: true,
    columns: columns("Endpoint", "Said to compute in", "Evidenced in", "Evidence"),
    cellsOf: (entry) =>
      entry.t === "violation"
        ? [entry.endpoint, joined(entry.claimed), joined(entry.evidenced), entry.evidence]
        : null,
  });
}

export function legalList(article: string): PartMaker {
  return listingPart({
    id: "legal-events",
    title: "Legal events",
    article,
    text: "Suspensions and lifts that the cell accepted, signed by those whom the policy names. One that still stands is told again at each start of the cell.",
    counts: "legal events",
    columns: columns("Event", "Act", "About", "Reason", "From", "Until", "Signed by"),
    cellsOf: (entry) => {
      if (entry.t !== "legal") return null;
      const { event, act, target, lifts, reason, from, until, signer } = entry;
      const about = target === null ? lifts : `${target.kind} ${target.name}`;
      return [
        event,
        act,
        about,
        reason,
        formatInstant(from),
        until === null ? null : formatInstant(until),
        signer,
      ];
    },
  });
}

export function changeList(article: string): PartMaker {
  return listingPart({
    id: "changes",
    title: "Changes: starts, keys, months",
    article,
    text: "Each start of a cell with its software and policy, each change of the key that wraps subject keys, and each end of a month's log.",
    counts: "changes",
    columns: columns("What", "Detail"),
    cellsOf: (entry) => {
      if (entry.t === "opened")
        return ["start", `${entry.software}, policy ${entry.policy}, epoch ${entry.epoch}`];
      if (entry.t === "key")
        return [`key: ${entry.act}`, `${entry.service}, ${entry.wrapped} subject keys wrapped`];
      if (entry.t === "closed")
        return ["log closed", entry.next === null ? "for good" : `followed by ${entry.next.origin}`];
      return null;
    },
  });
}

export function subjectRightsList(article: string): PartMaker {
  return listingPart({
    id: "subject-keys",
    title: "Erasures, holds, disclosures and opened records",
    article,
    text: "What was done with the keys behind data subjects: destroyed, frozen, or handed to an auditor; and which content records were opened. Subjects stand under opaque handles.",
    counts: "events",
    columns: columns("What", "Subject", "Ground, reason, recipient or request", "Until"),
    cellsOf: subjectRightsCells,
  });
}

export function storageList(article: string): PartMaker {
  return listingPart({
    id: "storage",
    title: "Copies under a lock, and deletions",
    article,
    text: "Whole months that were deleted when their time was over, and files that were copied to storage whose lock nobody can lift.",
    counts: "events",
    columns: columns("What", "Log", "Detail"),
    cellsOf: (entry) => {
      if (entry.t === "retention") return ["deleted", entry.log.origin, `kept for ${entry.days} days`];
      if (entry.t !== "worm") return null;
      return [
        "locked copy",
        entry.log.origin,
        `${entry.objects} objects, until ${formatInstant(entry.until)}`,
      ];
    },
  });
}

export function forkList(article: string): PartMaker {
  return listingPart({
    id: "forks",
    title: "Contradictions that this cell saw as a witness",
    article,
    text: "A peer showed a log that is not the continuation of what this cell had cosigned.",
    counts: "forks and rollbacks",
    isAlarming: true,
    columns: columns("What", "Log", "Known size", "Shown size"),
    cellsOf: (entry) =>
      entry.t === "fork" ? [entry.act, entry.shown.origin, entry.known.size, entry.shown.size] : null,
  });
}

function subjectRightsCells(entry: Entry): readonly Cell[] | null {
  if (entry.t === "erasure") return ["erasure", entry.subject, entry.ground, null];
  if (entry.t === "disclosure") return ["disclosure", entry.subject, entry.recipient, null];
  if (entry.t === "access") return ["record opened", entry.subject, entry.rid, null];
  if (entry.t !== "hold") return null;
  const until = entry.until === null ? null : formatInstant(entry.until);
  return [`hold: ${entry.act}`, entry.subject, entry.reason, until];
}

function transferGroups({ computes, endpoint, peer, grounds }: TransferEntry): Group[] {
  const to = joined(computes);
  if (grounds.length === 0) return [group(to, endpoint, peer, null, null, null)];
  return grounds.map(({ regime, instrument, documents }) => {
    const named = Object.entries(documents).map(([name, document]) => `${name}: ${document}`);
    return group(to, endpoint, peer, regime, instrument, joined(named, "; "));
  });
}

type Executed = NonNullable<NonNullable<RecordedRequest["outcome"]>["entry"]["executed"]>;

/** Shown by the outcome; none where nothing answered. */
function executedOf(
  { outcome }: RecordedRequest,
  groupsOf: (executed: Executed) => Group | readonly Group[],
): readonly Group[] {
  const executed = outcome?.entry.executed ?? null;
  if (outcome === null || executed === null) return [];
  return [groupsOf(executed)].flat().map((each) => ({ ...each, shownBy: outcome }));
}

/** A country that holds the claimed subdivision is coarse evidence, not contrary evidence. */
function agreement(claimed: readonly Place[], evidenced: readonly Place[]): string {
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

function columns(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ id: title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_"), title }));
}

function joined(words: readonly string[], separator = " "): string {
  return words.join(separator);
}
