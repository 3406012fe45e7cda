// What the ledger says after the run, put together by request.
import { parseEntry, type StoredDecision, type StoredOutcome } from "../../src/ledger/index.ts";
import { openLogDirectory } from "../../src/store/index.ts";

export interface RecordedRequest {
  /** By index, within its log. */
  readonly decisions: { readonly position: string; readonly entry: StoredDecision }[];
  readonly outcomes: { readonly origin: string; readonly entry: StoredOutcome }[];
}

export interface Recorded {
  readonly entries: number;
  readonly violations: number;
  readonly requests: ReadonlyMap<string, RecordedRequest>;
}

export async function readRecorded(ledger: string): Promise<Recorded> {
  const requests = new Map<string, RecordedRequest>();
  let entries = 0;
  let violations = 0;
  for (const log of await openLogDirectory(ledger)) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint === null) throw new Error(`\`${log.directory}\` has no checkpoint`);
    const { origin, size } = checkpoint;
    for await (const { index, bytes } of log.readEntries(0, size - 1)) {
      entries++;
      const read = parseEntry(bytes);
      if (!read.ok) throw new Error(`entry ${index} of \`${origin}\`: ${read.error.reason}`);
      const entry = read.value;
      if (entry.t === "violation") violations++;
      if (entry.t === "decision")
        requestIn(requests, entry.rid).decisions.push({ position: `${origin}#${index}`, entry });
      if (entry.t === "outcome") requestIn(requests, entry.rid).outcomes.push({ origin, entry });
    }
  }
  return { entries, violations, requests };
}

function requestIn(requests: Map<string, RecordedRequest>, rid: string): RecordedRequest {
  const known = requests.get(rid) ?? { decisions: [], outcomes: [] };
  requests.set(rid, known);
  return known;
}
