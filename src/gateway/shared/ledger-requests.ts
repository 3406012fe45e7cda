// Requests of some tenants as a log holds them, for what is counted from the ledger when the cell starts.
import type { EndpointId, RequestId } from "../../base/index.ts";
import { type DecisionEntry, parseEntry, type StoredOutcome } from "../../ledger/index.ts";
import type { PublishedLog } from "../../store/index.ts";

/** A permit, and what became of it. */
export interface RecordedRequest {
  readonly decision: RecordedDecision;
  /** Endpoints whose use as a transfer is recorded, or was about to be. */
  readonly transfers: readonly EndpointId[];
  /** Null: nobody can say. */
  readonly outcome: StoredOutcome | null;
}

type RecordedDecision = Pick<
  DecisionEntry,
  "verdict" | "rid" | "tenant" | "allowed" | "ts" | "classes" | "model"
>;

interface OpenRequest {
  readonly decision: RecordedDecision;
  readonly transfers: EndpointId[];
}

/** Permits of the tenants that entries name by these handles, each once the log says what became of it, or at its end. */
export async function* recordedRequests(
  log: PublishedLog,
  size: number,
  handles: ReadonlySet<string>,
): AsyncGenerator<RecordedRequest, void> {
  const open = new Map<string, OpenRequest>();
  for await (const { index, bytes } of size === 0 ? [] : log.readEntries(0, size - 1)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const isAsked = handles.has(member(text, "tenant")) || open.has(member(text, "rid"));
    if (!isAsked) continue;
    const entry = parseEntry(bytes);
    if (!entry.ok) throw new Error(`entry ${index} of \`${log.directory}\`: ${entry.error.reason}`);
    const { value } = entry;
    if (value.t === "decision" && value.verdict === "permit" && handles.has(value.tenant))
      open.set(value.rid, { decision: value, transfers: [] });
    if (value.t === "transfer") open.get(value.rid)?.transfers.push(value.endpoint);
    if (value.t === "outcome") yield* closed(open, value.rid, value);
  }
  for (const rid of open.keys()) yield* closed(open, rid as RequestId, null);
}

function* closed(
  open: Map<string, OpenRequest>,
  rid: RequestId,
  outcome: StoredOutcome | null,
): Generator<RecordedRequest, void> {
  const request = open.get(rid);
  if (request === undefined) return;
  open.delete(rid);
  yield { ...request, outcome: outcome?.result === "unknown" ? null : outcome };
}

/** Looks at the bytes: of a million entries, those of other tenants are not read as JSON. No string of an entry holds a bare quote. */
function member(text: string, name: string): string {
  const label = `"${name}":"`;
  const at = text.indexOf(label);
  return at === -1 ? "" : text.slice(at + label.length, text.indexOf('"', at + label.length));
}
