// Two cells' logs as a report meets them: some of everything that a log can hold, and one transfer from the one to the other.
import type { CellId, EndpointId, Place } from "../../src/base/index.ts";
import type { NoteSigner, TrustPolicy, WrittenEntry } from "../../src/ledger/index.ts";
import { signerFrom } from "./ledger-crypto.ts";
import {
  allowedEndpoint,
  answeredAttempt,
  decisionEntry,
  failedAttempt,
  importEntry,
  lifecycleEntries,
  liftEntry,
  openedEntry,
  origin,
  outcomeEntry,
  refusalEntry,
  requestId,
  suspensionEntry,
  transferEntry,
  violationEntry,
} from "./ledger-entries.ts";

export const reportStartMs = Date.UTC(2026, 10, 2);
const stepMs = 6 * 3_600_000;
const peerOrigin = "acme.example/ledger/us/us-virginia/2026-11";

export const frankfurtSigner: NoteSigner = signerFrom(1, origin);
export const virginiaSigner: NoteSigner = signerFrom(2, peerOrigin);
export const reportSigner: NoteSigner = signerFrom(3, "acme.example/report/de/eu-frankfurt");

export const reportTrust: TrustPolicy = {
  logs: [frankfurtSigner.key, virginiaSigner.key, reportSigner.key],
  witnesses: [],
  quorum: { kind: "none" },
};

export const clinic = "a".repeat(32);
const clinicSubject = "b".repeat(32);
const abroad = "iad-9" as EndpointId;
const us = "US" as Place;
const xid = "7".repeat(32);

/** Spread over days, so that a report has something to draw. */
function timed<Kind extends WrittenEntry>(entry: Kind, at: number): Kind {
  return { ...entry, ts: reportStartMs + at * stepMs };
}

export function frankfurtEntries(): readonly WrittenEntry[] {
  const patient = { tenant: clinic, subject: clinicSubject, classes: ["personal", "health"] };
  const toVirginia = { ...allowedEndpoint(abroad), computes: [us], transfer: true };
  const answeredAbroad = {
    ...answeredAttempt(),
    endpoint: abroad,
    allowed: [us],
    evidence: { grade: "E3", source: "region", places: [us] },
  };
  const entries: readonly WrittenEntry[] = [
    openedEntry(0, 1),
    decisionEntry(1),
    outcomeEntry(2, 1, requestId(1)),
    { ...decisionEntry(3), ...patient, allowed: [toVirginia] },
    {
      ...transferEntry(4, 3, requestId(3)),
      endpoint: abroad,
      computes: [us],
      xid,
      peer: "us-virginia" as CellId,
    },
    {
      ...outcomeEntry(5, 3, requestId(3)),
      attempts: [answeredAbroad],
    },
    { ...refusalEntry(6), ...patient },
    decisionEntry(7),
    violationEntry(8, 7, requestId(7)),
    { ...outcomeEntry(9, 7, requestId(7)), result: "interrupted", error: "policy_evidence_elsewhere" },
    { ...refusalEntry(10), verdict: "redirect", error: "policy_misdirected", blocked: [], blockedCount: 0 },
    suspensionEntry(11),
    liftEntry(12),
    ...lifecycleEntries(13).slice(1),
    decisionEntry(21),
    {
      ...outcomeEntry(22, 21, requestId(21)),
      result: "failed",
      error: "upstream_unavailable",
      attempts: [failedAttempt("fra-1", "broken")],
      answeredBy: null,
    },
    decisionEntry(23),
  ];
  return entries.map(timed);
}

export function virginiaEntries(): readonly WrittenEntry[] {
  const cell = "us-virginia" as CellId;
  const opened = { ...openedEntry(0, 1), origin: peerOrigin };
  const entries: readonly WrittenEntry[] = [
    opened,
    decisionEntry(4),
    { ...importEntry(5, 1, requestId(4)), xid },
    outcomeEntry(6, 1, requestId(4)),
    refusalEntry(30),
  ];
  // The second half happens while the first waits for its answer.
  const at = [0, 4, 4, 5, 30];
  return entries.map((entry, number) => ({ ...timed(entry, at[number] ?? 0), cell }));
}
