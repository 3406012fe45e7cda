// The lists that reports are put together from. Each says which entries it lists, and what of them.
import { formatInstant } from "../../base/index.ts";
import type { Entry } from "../../ledger/index.ts";
import { columns, joined } from "./cells.ts";
import type { PartMaker } from "./part.ts";
import { listingPart } from "./parts/listing.ts";
import { shownPlaces } from "./recorded.ts";
import type { Cell } from "./report.ts";

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

export function correctionList(article: string): PartMaker {
  return listingPart({
    id: "corrections",
    title: "Evidence that was learnt later",
    article,
    text: "What somebody learnt of an attempt after its outcome was recorded, such as from a provider's own log. The tables of this report are made from outcomes as they were recorded: hold each of these against them. An entry does not say of which tenant it is.",
    counts: "corrections",
    isAlarming: true,
    columns: columns("Outcome", "Attempt", "Evidenced in", "Evidence", "Learnt from", "Reason"),
    cellsOf: (entry) => {
      if (entry.t !== "correction") return null;
      const { of, attempt, evidence, reason } = entry;
      const outcome = `${of.origin}#${of.index}`;
      return [outcome, attempt, shownPlaces(evidence.places), evidence.grade, evidence.source, reason];
    },
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
    title: "Changes: starts, keys, months, quarantines",
    article,
    text: "Each start of a cell with its software and policy, each change of the key that wraps subject keys, each end of a month's log, and each endpoint that was taken out of service for its evidence or let back by a person.",
    counts: "changes",
    columns: columns("What", "Detail"),
    cellsOf: (entry) => {
      if (entry.t === "opened")
        return ["start", `${entry.software}, policy ${entry.policy}, epoch ${entry.epoch}`];
      if (entry.t === "key")
        return [`key: ${entry.act}`, `${entry.service}, ${entry.wrapped} subject keys wrapped`];
      if (entry.t === "closed")
        return ["log closed", entry.next === null ? "for good" : `followed by ${entry.next.origin}`];
      if (entry.t === "quarantine" || entry.t === "release") return [entry.t, entry.endpoint];
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
    text: "A log signed another tree than the one of that size that this cell had cosigned. Both signed notes are with the witness: `bailiwick witness status`.",
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
