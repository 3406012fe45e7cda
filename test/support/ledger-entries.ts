// One entry of each kind, as a gateway would write it.
import {
  canonicalJson,
  type CellId,
  encodeUtf8,
  type EndpointId,
  type Json,
  type Place,
  type RegimeId,
  type RequestId,
} from "../../src/base/index.ts";
import type {
  AttemptRecord,
  CorrectionEntry,
  DecisionEntry,
  Entry,
  EntryStamp,
  ImportEntry,
  LegalEntry,
  LifecycleEntry,
  LogHead,
  OpenedEntry,
  OutcomeEntry,
  PolicyEntry,
  QuarantineEntry,
  ReleaseEntry,
  TransferEntry,
  ViolationEntry,
  Written,
  WrittenEntry,
} from "../../src/ledger/index.ts";

export const origin = "acme.example/ledger/de/eu-frankfurt/2026-11";

const cell = "eu-frankfurt" as CellId;
const fra1 = "fra-1" as EndpointId;
const gdpr = "eu-gdpr" as RegimeId;
const germany = "DE" as Place;
const policy = "ab".repeat(32);

export function requestId(number: number): RequestId {
  return number.toString(16).padStart(32, "0") as RequestId;
}

function common(number: number): Written<EntryStamp> {
  return { v: 3, n: number.toString(16).padStart(32, "5"), ts: 1_795_000_000_000 + number, cell };
}

export function openedEntry(number: number, epoch: number): Written<OpenedEntry> {
  return {
    ...common(number),
    t: "opened",
    origin,
    software: "bailiwick/0.1.0",
    policy,
    epoch,
    previous: null,
  };
}

export function decisionEntry(number: number, rid: RequestId = requestId(number)): DecisionEntry {
  return {
    ...common(number),
    t: "decision",
    rid,
    revision: 0,
    tenant: "1".repeat(32),
    subject: "2".repeat(32),
    req: "c".repeat(64),
    policy,
    verdict: "permit",
    error: null,
    places: [{ place: germany, basis: "tenant-contract" }],
    classes: ["personal"],
    regimes: [gdpr],
    model: "assistant",
    allowed: [allowedEndpoint(fra1)],
    allowedCount: 1,
    blocked: [{ target: "iad-1" as EndpointId, rule: "requires:residency:EEA" }],
    blockedCount: 1,
    obligations: ["record-of-processing"],
  };
}

export function allowedEndpoint(endpoint: string): DecisionEntry["allowed"][number] {
  return {
    endpoint: endpoint as EndpointId,
    computes: [germany],
    transfer: false,
    grounds: [{ regime: gdpr, instrument: "scc-2021-914-m2", documents: { tia: "TIA-17" } }],
  };
}

export function refusalEntry(number: number): DecisionEntry {
  return {
    ...decisionEntry(number),
    req: null,
    verdict: "refuse",
    error: "policy_no_lawful_endpoint",
    allowed: [],
    allowedCount: 0,
  };
}

export function outcomeEntry(number: number, decision: number, rid: RequestId): OutcomeEntry {
  return {
    ...common(number),
    t: "outcome",
    rid,
    decision,
    result: "complete",
    error: null,
    status: 200,
    attempts: [answeredAttempt()],
    answeredBy: 0,
    cached: null,
    res: "d".repeat(64),
    durationMs: 120,
  };
}

/** The answer of outcome `first` of the same log, given once more. */
export function cachedOutcome(
  number: number,
  decision: number,
  { rid, first }: { readonly rid: RequestId; readonly first: number },
): OutcomeEntry {
  const { endpoint, asked, allowed, evidence, observedAt } = answeredAttempt();
  const at = 1_795_000_000_110;
  return {
    ...outcomeEntry(number, decision, rid),
    attempts: [],
    answeredBy: null,
    cached: { of: { origin, index: first }, at, endpoint, asked, allowed, evidence, observedAt },
  };
}

/** An attempt at `fra-1` that answered, from where the permit allows. */
export function answeredAttempt(): AttemptRecord {
  return {
    endpoint: fra1,
    sent: true,
    asked: { model: "llama-3.3-70b", region: null },
    allowed: [germany],
    evidence: { grade: "E1-own", source: "selection", places: [germany] },
    observedAt: 1_795_000_000_100,
    requestId: null,
    failure: null,
    usage: { input: 12, output: 34, cached: 0 },
  };
}

/** An attempt at `endpoint` that was sent and came to nothing. */
export function failedAttempt(endpoint: string, failure: string): AttemptRecord {
  const nothing = { evidence: null, observedAt: null, usage: null };
  return { ...answeredAttempt(), ...nothing, endpoint: endpoint as EndpointId, failure };
}

export function correctionEntry(number: number, outcome: number, attempt = 0): Written<CorrectionEntry> {
  return {
    ...common(number),
    t: "correction",
    of: { origin, index: outcome },
    attempt,
    evidence: { grade: "E4", source: "provider-log", places: [germany] },
    reason: "log-arrived",
  };
}

export function violationEntry(number: number, decision: number, rid: RequestId): Written<ViolationEntry> {
  const evidenced = ["US" as Place];
  return {
    ...common(number),
    t: "violation",
    rid,
    decision,
    endpoint: fra1,
    claimed: [germany],
    evidenced,
    evidence: "E3",
  };
}

/** A permit for one transfer, to `fra-1`. */
export function abroadEntry(number: number): DecisionEntry {
  return { ...decisionEntry(number), allowed: [{ ...allowedEndpoint(fra1), transfer: true }] };
}

export function transferEntry(number: number, decision: number, rid: RequestId): Written<TransferEntry> {
  const { computes, grounds } = allowedEndpoint(fra1);
  const xid = number.toString(16).padStart(32, "e");
  return {
    ...common(number),
    t: "transfer",
    rid,
    decision,
    endpoint: fra1,
    computes,
    grounds,
    xid,
    peer: null,
  };
}

export function importEntry(number: number, decision: number, rid: RequestId): Written<ImportEntry> {
  return { ...common(number), t: "import", rid, decision, xid: "e".repeat(32) };
}

export function suspensionEntry(number: number): Written<LegalEntry> {
  return {
    ...common(number),
    t: "legal",
    event: "stop-pacific",
    act: "suspend",
    target: { kind: "operator", name: "pacific-cloud" },
    lifts: null,
    reason: "injunction",
    from: 1_795_000_000_000,
    until: 1_795_000_009_000,
    signer: "acme.example/legal",
    policy,
  };
}

export function liftEntry(number: number): Written<LegalEntry> {
  return {
    ...suspensionEntry(number),
    event: "lift-pacific",
    act: "lift",
    target: null,
    lifts: "stop-pacific",
    reason: "order-ended",
    until: null,
  };
}

const head: LogHead = { origin, size: 70_000, root: "7".repeat(64) };

/** One of each kind that every version has. */
export function lifecycleEntries(number: number): readonly Written<LifecycleEntry>[] {
  const subject = "2".repeat(32);
  const key = "acme.example/ledger/de/eu-frankfurt/2026-12+0a1b2c3d+AbCd";
  const stamp = common(number);
  return [
    { ...stamp, t: "closed", next: { origin: "acme.example/ledger/de/eu-frankfurt/2026-12", key } },
    { ...stamp, t: "erasure", subject, ground: "gdpr-17-1-b" },
    { ...stamp, t: "hold", subject, act: "place", reason: "litigation", until: null },
    { ...stamp, t: "disclosure", subject, recipient: "auditor" },
    { ...stamp, t: "access", subject, rid: requestId(9) },
    { ...stamp, t: "retention", log: head, days: 180 },
    { ...stamp, t: "worm", log: head, objects: 548, manifest: "e".repeat(64), until: 1_800_000_000_000 },
    { ...stamp, t: "key", act: "rotate", service: "transit", key: "f".repeat(64), wrapped: 12 },
    { ...stamp, t: "fork", act: "rollback", known: head, shown: { ...head, size: 69_999 } },
  ];
}

/** In and out of quarantine. */
export function endpointEntries(number: number): readonly [Written<QuarantineEntry>, Written<ReleaseEntry>] {
  const stamp = common(number);
  return [
    { ...stamp, t: "quarantine", endpoint: fra1, rid: requestId(9) },
    { ...stamp, t: "release", endpoint: fra1, rid: null },
  ];
}

/** Names two of the three texts that the policy has. */
export function policyEntry(number: number): Written<PolicyEntry> {
  const texts = [
    { name: "policy.yaml", hash: "8".repeat(64) },
    { name: "packs/eu-gdpr.yaml", hash: "9".repeat(64) },
  ];
  return { ...common(number), t: "policy", policy, texts, textCount: 3 };
}

/** Whether version 2 could say it, too. */
export function isOfV2(entry: WrittenEntry): boolean {
  return entry.t !== "outcome" || entry.cached === null;
}

/** The entry as version 2 had it. */
export function asV2(entry: WrittenEntry): Entry {
  if (entry.t !== "outcome") return { ...entry, v: 2 };
  const { cached: _, ...members } = entry;
  return { ...members, v: 2 };
}

/** The bytes that a release which wrote version 1 has left of such an entry; no release writes them any more. */
export function bytesOfV1(entry: WrittenEntry): Uint8Array {
  return encodeUtf8(canonicalJson(asV1(entry) as unknown as Json));
}

/** The entry as version 1 had it. */
export function asV1(entry: WrittenEntry): Entry {
  if (entry.t === "decision") {
    const { revision: _, ...members } = entry;
    return { ...members, v: 1 };
  }
  if (entry.t === "outcome") return outcomeAsV1(entry);
  return { ...entry, v: 1 } as Entry;
}

function outcomeAsV1(outcome: OutcomeEntry): Entry {
  const { answeredBy, cached: _, ...entry } = outcome;
  const answered = answeredBy === null ? undefined : entry.attempts[answeredBy];
  const executed = answered && {
    endpoint: answered.endpoint,
    claimed: answered.allowed,
    evidenced: answered.evidence?.places ?? [],
    evidence: answered.evidence?.grade ?? "E0",
    model: answered.asked.model,
  };
  return {
    ...entry,
    v: 1,
    result: entry.result === "redecided" ? "failed" : entry.result,
    attempts: entry.attempts.map(({ endpoint, failure }) => ({ endpoint, failure })),
    executed: executed ?? null,
    // Version 1 had them also where nobody answered to the end.
    tokens: answered?.usage ?? answeredAttempt().usage,
  };
}
