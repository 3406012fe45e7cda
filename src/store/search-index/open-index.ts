import type { SearchIndex } from "./search-index.ts";
import { openSqliteIndex } from "./sqlite-index.ts";

/** A file, or a database by its `postgres://` address. */
export async function openSearchIndex(target: string): Promise<SearchIndex> {
  if (!isPostgres(target)) return openSqliteIndex(target);
  // Loaded here, for no command but those of an index should pay for it.
  const { openPostgresIndex } = await import("./postgres-index.ts");
  return openPostgresIndex(target);
}

export function isPostgres(target: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(target);
}
