// What may be said of something thrown: its class and where in our own sources it arose. Never its message, which
// may quote what a caller or an upstream sent.
import { existsSync } from "node:fs";

export interface ThrownDescription {
  /** `TypeError`; `none` for what is no Error. */
  readonly class: string;
  /** `gateway/pipeline.ts:41`, the innermost frame in our sources; null when there is none. */
  readonly at: string | null;
}

// src/, or dist/src/ in a package.
const sources = new URL("../", import.meta.url);

export function describeThrown(thrown: unknown): ThrownDescription {
  if (!(thrown instanceof Error)) return { class: "none", at: null };
  const name = thrown.constructor.name;
  return { class: /^[A-Z][A-Za-z0-9]{0,63}$/.test(name) ? name : "Error", at: innermostOwnFrame(thrown) };
}

function innermostOwnFrame({ stack }: Error): string | null {
  if (typeof stack !== "string") return null;
  for (const [, path = "", line] of stack.matchAll(/^ +at .*?(file:\/\/[^\s()]+?):(\d{1,6}):\d+\)?$/gm)) {
    const file = ownFile(path);
    if (file !== null) return `${file}:${line}`;
  }
  return null;
}

/** A stack begins with the message, which may imitate frames: so only names of files that exist are repeated. */
function ownFile(url: string): string | null {
  if (!url.startsWith(sources.href)) return null;
  const path = url.slice(sources.href.length);
  return /^[a-z0-9-]+(?:\/[a-z0-9-]+)*\.[jt]s$/.test(path) && existsSync(new URL(url)) ? path : null;
}
