// What a line of `ledger show` says of an entry, after its index, time and kind.
import { type Entry, outcomeView, type StoredOutcome } from "../../ledger/index.ts";

type Summaries = { readonly [Kind in Entry["t"]]: (entry: Extract<Entry, { readonly t: Kind }>) => string };

export function summaryOf(entry: Entry): string {
  return (summaries[entry.t] as (entry: Entry) => string)(entry).trimEnd();
}

const summaries: Summaries = {
  opened: ({ epoch, software }) => `epoch ${epoch} by ${software}`,
  decision: ({ rid, verdict, error, allowed }) =>
    spaced(rid, verdict, error ?? allowed.map(({ endpoint }) => endpoint).join(" ")),
  transfer: ({ rid, endpoint, grounds }) =>
    spaced(rid, endpoint, `under ${grounds.flatMap(({ instrument }) => instrument ?? []).join(", ")}`),
  import: ({ rid, xid }) => spaced(rid, xid),
  outcome: (entry) => outcomeSummary(entry),
  violation: ({ rid, endpoint, claimed, evidenced }) =>
    spaced(rid, endpoint, `claimed ${claimed.join(" ")}`, `shown ${evidenced.join(" ")}`),
  legal: ({ event, target, lifts, reason }) =>
    target === null
      ? spaced(event, `lifts ${lifts}`, reason)
      : spaced(event, `suspends ${target.kind} ${target.name}`, reason),
  closed: ({ next }) => (next === null ? "for good" : `followed by ${next.origin}`),
  erasure: ({ subject, ground }) => spaced(subject, ground),
  hold: ({ subject, act, reason }) => spaced(subject, act, reason),
  disclosure: ({ subject, recipient }) => spaced(subject, `to ${recipient}`),
  access: ({ subject, rid }) => spaced(rid, `the record of ${subject} was opened`),
  retention: ({ log, days }) => `${log.origin} deleted after ${days} days`,
  worm: ({ log, objects }) => `${log.origin} up to ${log.size}, ${objects} objects`,
  key: ({ act, service, wrapped }) => `${act} by ${service}, ${wrapped} subject keys`,
  fork: ({ act, known, shown }) =>
    `${act} of ${shown.origin}: ${known.size} entries known, ${shown.size} shown`,
  correction: ({ of, attempt, evidence, reason }) =>
    spaced(formatOf(of), `attempt ${attempt}`, evidence.grade, evidence.places.join(" "), reason),
  quarantine: ({ endpoint, rid }) => spaced(endpoint, rid ?? ""),
  release: ({ endpoint, rid }) => spaced(endpoint, rid ?? ""),
  policy: ({ policy, texts, textCount }) => `${policy}, ${texts.length} of ${textCount} texts`,
};

function outcomeSummary(entry: StoredOutcome): string {
  const { answered, cached } = outcomeView(entry);
  if (cached !== null)
    return spaced(entry.rid, entry.result, `from the cache, of ${cached.endpoint}`, formatOf(cached.of));
  return spaced(entry.rid, entry.result, answered?.endpoint ?? "", answered?.evidence?.grade ?? "");
}

function formatOf({ origin, index }: { readonly origin: string; readonly index: number }): string {
  return `${origin}#${index}`;
}

function spaced(...words: readonly string[]): string {
  return words.join("  ");
}
