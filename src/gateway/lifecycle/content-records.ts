import type { RequestId, TenantId } from "../../base/index.ts";
import { append, stamp } from "../docket.ts";
import type { RecordSummary } from "../records/record-shelf.ts";
import type { Custody, Keeping } from "./custody.ts";
import { declining } from "./key-errors.ts";
import { LifecycleError } from "./lifecycle-error.ts";

export interface ShownRecord extends RecordSummary {
  /** Both are JSON or events, and so UTF-8; the ledger's `req` and `res` are commitments to exactly these bytes. */
  readonly request: string;
  readonly answer: string;
  /** False: the record breaks off. */
  readonly isComplete: boolean;
}

/** More than a person reads; a program asks by tenant. */
const maxListed = 10_000;

export async function listRecords(
  { records, vault }: Keeping,
  { tenant }: { readonly tenant: string },
): Promise<{ readonly records: readonly RecordSummary[] }> {
  const handle = vault.tenantHandle(tenant as TenantId);
  const found: RecordSummary[] = [];
  for await (const record of records.list()) {
    if (record.tenant === handle && found.length < maxListed) found.push(record);
  }
  return { records: found };
}

/** Recorded before anybody reads it: a crash in between leaves an entry for content that nobody saw. */
export async function showRecord(
  custody: Custody,
  { request: rid }: { readonly request: string },
): Promise<ShownRecord> {
  const { records, vault } = custody;
  const summary = await records.find(rid as RequestId);
  if (summary === null) {
    throw new LifecycleError(
      "not_found",
      "there is no record of that request: none was made, or its time is over",
    );
  }
  const key = await declining(vault.keyOf(summary.subject));
  const { request, answer, isComplete } = await records.read(summary, key);
  const { subject } = summary;
  await append(custody, { ...stamp(custody), t: "access", subject, rid: rid as RequestId }, { kind: "none" });
  return { ...summary, request: textOf(request), answer: textOf(answer), isComplete };
}

function textOf(bytes: Uint8Array): string {
  // Where a record breaks off it may do so within a character.
  return Buffer.from(bytes).toString("utf8");
}
