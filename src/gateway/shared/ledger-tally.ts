// What a ledger holds of requests of tenants that a law counts, read once when the cell starts.
import { dayMs, type EndpointId, type InstantMs, type RequestId, type TenantId } from "../../base/index.ts";
import { longestPeriodDays } from "../../law/index.ts";
import { type DecisionEntry, outcomeView, parseEntry, type StoredOutcome } from "../../ledger/index.ts";
import { monthEndOf, type PublishedLog } from "../../store/index.ts";
import { reachedBy, type TenantTally, TransferTally } from "./transfer-tally.ts";

/** For so long after its month a log is read, and has to be kept: no period is longer, and a year's first day may begin a day before UTC's. */
export const countedRetentionDays: number = longestPeriodDays + 1;

interface TallySource {
  readonly tenants: readonly TenantId[];
  /** Whole up to where anything was sent: all that was durable is sealed. */
  readonly logs: readonly PublishedLog[];
  /** By which entries name a tenant. */
  readonly handleOf: (tenant: TenantId) => string;
  readonly nowMs: InstantMs;
}

/** A month whose entries are gone, and which a period may reach, leaves the time up to its end unknown. */
export async function readTally({ tenants, logs, handleOf, nowMs }: TallySource): Promise<TransferTally> {
  const tally = new TransferTally(tenants);
  const byHandle = new Map(tenants.map((tenant) => [handleOf(tenant), tally.of(tenant)]));
  for (const log of tenants.length === 0 ? [] : logs) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint === null) continue;
    const endMs = monthEndOf(checkpoint.origin);
    if (endMs + countedRetentionDays * dayMs <= nowMs) continue;
    if (await log.hasEntries()) await readLog(log, checkpoint.size, byHandle);
    else tally.noteUnknownBefore(endMs);
  }
  return tally;
}

interface OpenRequest {
  readonly allowed: DecisionEntry["allowed"];
  readonly transfers: EndpointId[];
  readonly settle: ReturnType<TenantTally["hold"]>;
}

async function readLog(
  log: PublishedLog,
  size: number,
  byHandle: ReadonlyMap<string, TenantTally | undefined>,
): Promise<void> {
  const open = new Map<string, OpenRequest>();
  for await (const { index, bytes } of size === 0 ? [] : log.readEntries(0, size - 1)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const isAsked = byHandle.has(member(text, "tenant")) || open.has(member(text, "rid"));
    if (!isAsked) continue;
    const entry = parseEntry(bytes);
    if (!entry.ok) throw new Error(`entry ${index} of \`${log.directory}\`: ${entry.error.reason}`);
    const { value } = entry;
    if (value.t === "decision") begin(open, value, byHandle.get(value.tenant));
    if (value.t === "transfer") open.get(value.rid)?.transfers.push(value.endpoint);
    if (value.t === "outcome") settle(open, value.rid, value);
  }
  for (const rid of open.keys()) settle(open, rid as RequestId, null);
}

/** Looks at the bytes: of a million entries, those of other tenants are not read as JSON. No string of an entry holds a bare quote. */
function member(text: string, name: string): string {
  const label = `"${name}":"`;
  const at = text.indexOf(label);
  return at === -1 ? "" : text.slice(at + label.length, text.indexOf('"', at + label.length));
}

function begin(
  open: Map<string, OpenRequest>,
  {
    verdict,
    rid,
    allowed,
    ts,
    classes,
  }: Pick<DecisionEntry, "verdict" | "rid" | "allowed" | "ts" | "classes">,
  tally: TenantTally | undefined,
): void {
  if (tally === undefined || verdict !== "permit") return;
  open.set(rid, { allowed, transfers: [], settle: tally.hold({ ts, classes, allowed }) });
}

function settle(open: Map<string, OpenRequest>, rid: RequestId, outcome: StoredOutcome | null): void {
  const request = open.get(rid);
  if (request === undefined) return;
  open.delete(rid);
  const attempts = outcome === null || outcome.result === "unknown" ? null : outcomeView(outcome).attempts;
  request.settle(reachedBy({ ...request, attempts }));
}
