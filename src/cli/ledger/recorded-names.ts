// Names that are looked up in the log, since nobody else knows them: a name that no entry has finds nothing, and nothing
// found must not look like nothing there.
import { closest } from "../../config/index.ts";
import { UnusableInputError } from "../../disk/index.ts";
import type { IndexQuery, SearchIndex } from "../../store/index.ts";

const searched = {
  requestId: "request",
  tenant: "tenant",
  subject: "subject",
  endpoint: "endpoint",
  error: "error",
} as const satisfies Partial<Record<keyof IndexQuery, string>>;

type SearchedName = keyof typeof searched;

/** Records to look through for what may have been meant. */
const lookedThrough = 1_000;

/** Throws an {@link UnusableInputError} for a name that no record has, whatever else was asked. */
export async function requireRecorded(index: SearchIndex, query: Omit<IndexQuery, "limit">): Promise<void> {
  for (const member of Object.keys(searched) as SearchedName[]) {
    const name = query[member];
    if (name === undefined) continue;
    const { records } = await index.query({ [member]: name, limit: 1 });
    if (records.length === 0) throw await unrecorded(index, member, name);
  }
}

async function unrecorded(index: SearchIndex, member: SearchedName, name: string): Promise<Error> {
  const { records } = await index.query({ isNewestFirst: true, limit: lookedThrough });
  const known = records.flatMap((record) => {
    if (member === "endpoint") return record.endpoints;
    return record[member] ?? [];
  });
  const meant = closest(name, Array.from(new Set(known)));
  const hint = meant === null ? "" : `; did you mean \`${meant}\`?`;
  return new UnusableInputError([`no entry of these logs has the ${searched[member]} \`${name}\`${hint}`]);
}
