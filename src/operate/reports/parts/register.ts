// The transfer register: every export with its import. On disk, for there may be as many as entries.
// Whoever opens it owns its state.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { formatInstant } from "../../../base/index.ts";
import type { ImportEntry, TransferEntry, ViolationEntry } from "../../../ledger/index.ts";
import { citedPerRow, type Citations } from "../citations.ts";
import { csvLine } from "../csv.ts";
import type { PartMaker, Register, ReportPart } from "../part.ts";
import {
  type Recipient,
  recipientsOf,
  type Recorded,
  type RecordedRequest,
  shownPlaces,
} from "../recorded.ts";
import type { Citation, Section } from "../report.ts";

const states = {
  paired: "found in the log of the cell that received it",
  provider: "to an endpoint that is no cell of this deployment: there is no other log",
  unanswered: "the other cell did not answer, so it need not have received it",
  "not-given": "the log of the other cell was not given",
  "too-recent": "the log of the other cell ends before its import would be in it",
  missing: "the other cell answered, and its log has no import",
  contrary: "evidence showed this place, against the permit: nothing allowed it, and there is no other half",
} as const;

type State = keyof typeof states;

/** The verifier's tolerance: the clocks of two cells differ, and a seal takes its time. */
const toleranceMs = 10_000;

const registerColumns = [
  "xid",
  "sent_at",
  "exporter",
  "importer",
  "endpoint",
  "computes_in",
  "evidenced_in",
  "regimes",
  "instruments",
  "documents",
  "result",
  "state",
  "export_entry",
  "import_entry",
] as const;

type RegisterColumn = (typeof registerColumns)[number];

export function registerPart(article: string): PartMaker {
  return ({ citations }) => new RegisterPart(article, citations);
}

class RegisterPart implements ReportPart {
  readonly #article: string;
  readonly #citations: Citations;
  // An empty name is a file that SQLite makes and removes itself (https://sqlite.org/inmemorydb.html).
  readonly #database = new DatabaseSync("");
  readonly #insertExport: StatementSync;
  readonly #insertImport: StatementSync;
  /** Of each cell whose log was given, the time up to which it tells. */
  readonly #endMs = new Map<string, number>();
  readonly #destinations = new Set<string>();

  constructor(article: string, citations: Citations) {
    this.#article = article;
    this.#citations = citations;
    this.#database.exec(
      `CREATE TABLE export (time_ms, answered_ms, rank, kind, ${registerColumns.join(", ")});
       CREATE TABLE import (xid, cell, entry, PRIMARY KEY (xid, cell)) WITHOUT ROWID;
       BEGIN`,
    );
    const places = registerColumns.map(() => "?").join(", ");
    this.#insertExport = this.#database.prepare(`INSERT INTO export VALUES (?, ?, ?, ?, ${places})`);
    this.#insertImport = this.#database.prepare("INSERT OR IGNORE INTO import VALUES (?, ?, ?)");
  }

  request(request: RecordedRequest): void {
    for (const transfer of request.transfers) this.#export(request, transfer);
    for (const violation of request.violations) this.#contrary(request, violation);
  }

  entry(recorded: Recorded): void {
    this.peerEntry(recorded);
  }

  peerEntry({ entry, origin, index }: Recorded): void {
    this.#endMs.set(entry.cell, Math.max(this.#endMs.get(entry.cell) ?? 0, entry.ts));
    if (entry.t === "import") this.#import(entry, `${origin}#${index}`);
  }

  finish(): Section {
    this.#settle();
    const counts = this.#database.prepare("SELECT state, count(*) AS count FROM export GROUP BY state").all();
    const countOf = (state: State): number =>
      Number(counts.find((row) => row["state"] === state)?.["count"] ?? 0);
    const total = counts.reduce((sum, row) => sum + Number(row["count"]), 0);
    return {
      id: "reconciliation",
      title: "Each export with its import",
      article: this.#article,
      text:
        "A transfer to another cell of the deployment is recorded twice: by the cell that sends, before anything leaves, and by the cell that receives. Both carry the same " +
        "random id. That nothing went to a place which is not named here is said of every entry that was read. `registers/transfers.csv` lists every one with both entries.",
      facts: [
        { label: "transfers", value: total },
        {
          label: "destinations, and no other",
          value: Array.from(this.#destinations).toSorted().join(" ") || "none",
        },
        {
          label: "shown by evidence, against a permit",
          value: countOf("contrary"),
          isAlarming: countOf("contrary") > 0,
        },
        {
          label: "exports without their import",
          value: countOf("missing"),
          isAlarming: countOf("missing") > 0,
        },
      ],
      chart: null,
      table: {
        columns: [
          { id: "state", title: "State" },
          { id: "meaning", title: "What it means" },
          { id: "count", title: "Transfers" },
        ],
        rows: (Object.keys(states) as State[])
          .filter((state) => countOf(state) > 0)
          .map((state) => ({
            cells: [state, states[state], countOf(state)],
            cited: this.#citations.cite(this.#sampleOf(state)),
          })),
        unlisted: { groups: 0, count: 0 },
      },
    };
  }

  register(): Register {
    return { path: "registers/transfers.csv", lines: this.#lines() };
  }

  /** Finds, once all logs have gone by, which exports have their import, and why the others have none. */
  #settle(): void {
    this.#database.exec("CREATE TABLE told (cell, end_ms)");
    const insertEnd = this.#database.prepare("INSERT INTO told VALUES (?, ?)");
    for (const [cell, endMs] of this.#endMs) insertEnd.run(cell, endMs);
    this.#database.exec(
      `UPDATE export SET import_entry =
         (SELECT import.entry FROM import WHERE import.xid = export.xid AND import.cell = export.importer);
       UPDATE export SET state = CASE
         WHEN kind = 'violation' THEN 'contrary'
         WHEN importer IS NULL THEN 'provider'
         WHEN import_entry IS NOT NULL THEN 'paired'
         WHEN answered_ms IS NULL THEN 'unanswered'
         WHEN NOT EXISTS (SELECT 1 FROM told WHERE told.cell = importer) THEN 'not-given'
         WHEN (SELECT end_ms FROM told WHERE told.cell = importer) <= answered_ms + ${toleranceMs} THEN 'too-recent'
         ELSE 'missing' END;
       COMMIT`,
    );
  }

  #sampleOf(state: State): readonly Omit<Citation, "proof">[] {
    const rows = this.#database
      .prepare("SELECT export_entry, sent_at, kind FROM export WHERE state = ? ORDER BY rank LIMIT ?")
      .all(state, citedPerRow);
    return rows.map((row) => {
      const [, origin = "", index = ""] = /^(.*)#(\d+)$/.exec(String(row["export_entry"])) ?? [];
      return { origin, index: Number(index), kind: String(row["kind"]), at: String(row["sent_at"]) };
    });
  }

  *#lines(): Generator<string> {
    yield csvLine(registerColumns);
    const rows = this.#database.prepare(
      `SELECT ${registerColumns.join(", ")} FROM export ORDER BY time_ms, rowid`,
    );
    for (const row of rows.iterate()) {
      yield csvLine(registerColumns.map((column) => row[column] as string | null));
    }
    this.#database.close();
  }

  #export(request: RecordedRequest, { entry, origin, index }: Recorded<TransferEntry>): void {
    const { xid, ts, cell, peer, endpoint, computes, grounds } = entry;
    for (const place of computes) this.#destinations.add(place);
    const { outcome } = request;
    const sentTo = recipientsOf(request).filter((recipient) => recipient.endpoint === endpoint);
    const isAnswered =
      sentTo.some(({ answered }) => answered === "yes") && outcome?.entry.result !== "refused";
    const documents = grounds.flatMap((ground) =>
      Object.entries(ground.documents).map((pair) => pair.join("=")),
    );
    const answeredMs = isAnswered ? (outcome?.entry.ts ?? null) : null;
    const cells: Readonly<Record<RegisterColumn, string | null>> = {
      xid,
      sent_at: formatInstant(ts),
      exporter: cell,
      importer: peer,
      endpoint,
      computes_in: computes.join(" "),
      evidenced_in: evidencedIn(sentTo),
      regimes: joined(grounds.map(({ regime }) => regime)),
      instruments: joined(grounds.flatMap(({ instrument }) => instrument ?? [])),
      documents: joined(documents),
      result: outcome?.entry.result ?? null,
      state: null,
      export_entry: `${origin}#${index}`,
      import_entry: null,
    };
    this.#insert({ entry, origin, index }, answeredMs, cells);
  }

  #contrary({ outcome }: RecordedRequest, { entry, origin, index }: Recorded<ViolationEntry>): void {
    const shown = shownPlaces(entry.evidenced);
    this.#destinations.add(shown);
    const nothing = { xid: null, importer: null, regimes: null, instruments: null, documents: null };
    this.#insert({ entry, origin, index }, null, {
      ...nothing,
      sent_at: formatInstant(entry.ts),
      exporter: entry.cell,
      endpoint: entry.endpoint,
      computes_in: entry.claimed.join(" "),
      evidenced_in: shown,
      result: outcome?.entry.result ?? null,
      state: null,
      export_entry: `${origin}#${index}`,
      import_entry: null,
    });
  }

  #insert(
    recorded: Recorded<TransferEntry | ViolationEntry>,
    answeredMs: number | null,
    cells: Readonly<Record<RegisterColumn, string | null>>,
  ): void {
    const { ts, t: kind } = recorded.entry;
    const { rank } = this.#citations.candidate(recorded);
    const values = registerColumns.map((column) => cells[column]);
    this.#insertExport.run(ts, answeredMs, rank, kind, ...values);
  }

  #import({ xid, cell }: ImportEntry, position: string): void {
    this.#insertImport.run(xid, cell, position);
  }
}

function evidencedIn(recipients: readonly Recipient[]): string | null {
  if (recipients.length === 0) return null;
  return Array.from(new Set(recipients.flatMap(({ evidenced }) => evidenced))).join(" ");
}

function joined(words: readonly string[]): string {
  return Array.from(new Set(words)).join("; ");
}
