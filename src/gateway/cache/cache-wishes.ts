import type { RequestHead } from "../exchange/channel.ts";
import { headerOf } from "../exchange/request-headers.ts";

/** What the caller asks of caches on the way, in `cache-control` (RFC 9111 §5.2.1). */
export interface CacheWishes {
  /** False: the answer must be computed now. It may be kept. */
  readonly mayBeOld: boolean;
  /** How old an answer may be; null: as old as the policy lets it be. */
  readonly maxAgeMs: number | null;
}

/** Null where nothing may be kept, of request or answer. What is no directive that is known here changes nothing. */
export function cacheWishes(head: RequestHead): CacheWishes | null {
  const directives = (headerOf(head, "cache-control") ?? "")
    .split(",")
    .map((directive) => directive.trim().toLowerCase());
  if (directives.some((directive) => directive.startsWith("no-store"))) return null;
  const ages = directives.flatMap((directive) => {
    const [, seconds] = /^max-age="?(\d{1,10})"?$/.exec(directive) ?? [];
    // Unreadable, and a wish for something fresh all the same (RFC 9111 §4.2.1 counts such an answer as stale).
    if (seconds === undefined) return directive.startsWith("max-age") ? [0] : [];
    return [Number(seconds) * 1_000];
  });
  return {
    mayBeOld: !directives.some((directive) => directive.startsWith("no-cache")),
    maxAgeMs: ages.length > 0 ? Math.min(...ages) : null,
  };
}
