import type { RequestId } from "../../base/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { RecordSummary } from "../records/content-records.ts";
import type { LifecycleAccess, LifecycleReadAccess } from "./lifecycle-access.ts";
import { declining } from "./key-errors.ts";
import { LifecycleError } from "./lifecycle-error.ts";
import { type NamedTenant, requireTenant } from "./target.ts";

export interface ShownRecord extends RecordSummary {
  /** Both are JSON or events, and so UTF-8; the ledger's `req` and `res` are commitments to exactly these bytes. */
  readonly request: string;
  readonly answer: string;
  /** False: the record breaks off. */
  readonly isComplete: boolean;
}

/** A person reads no more than this; a program asks by tenant. */
const maxListed = 10_000;

export async function listRecords(
  access: LifecycleReadAccess,
  named: NamedTenant,
): Promise<{ readonly records: readonly RecordSummary[] }> {
  const { records, vault } = access;
  const handle = vault.tenantHandle(requireTenant(access, named));
  const found: RecordSummary[] = [];
  for await (const record of records.list()) {
    if (record.tenant === handle && found.length < maxListed) found.push(record);
  }
  return { records: found };
}

/** The entry is on disk before anybody reads: a crash in between leaves an entry for content that nobody saw. */
export async function showRecord(
  access: LifecycleAccess,
  { request: rid }: { readonly request: string },
): Promise<ShownRecord> {
  const { records, vault } = access;
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
  await append(access, { ...stamp(access), t: "access", subject, rid: rid as RequestId }, { kind: "none" });
  return { ...summary, request: textOf(request), answer: textOf(answer), isComplete };
}

function textOf(bytes: Uint8Array): string {
  // Where a record breaks off it may do so within a character.
  return Buffer.from(bytes).toString("utf8");
}
