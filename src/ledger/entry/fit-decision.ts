import { encodeUtf8, canonicalJson, type Json } from "../../base/index.ts";
import type { BlockedTarget, DecisionEntry } from "./decision-entry.ts";
import { newestVersion, writeEntry } from "./entry-schema.ts";
import { maxEntryBytes } from "./entry.ts";

/**
 * Makes a decision fit into an entry: `blocked` loses its tail first, then `allowed` does, and the counts say how
 * many there were. The caller must then narrow the permit to the `allowed` that is left. A cut `blocked` still names
 * every rule, as far as there is room. What cannot fit even so is returned too long, and `encodeEntry` refuses it.
 */
export function fitDecision(whole: Omit<DecisionEntry, "allowedCount" | "blockedCount">): DecisionEntry {
  const counts = { allowedCount: whole.allowed.length, blockedCount: whole.blocked.length };
  const entry: DecisionEntry = { ...whole, ...counts };
  const excessBytes = bytesOf(entry) - maxEntryBytes;
  if (excessBytes <= 0) return entry;
  const blocked = cutTail(eachRuleFirst(entry.blocked), 0, excessBytes);
  const allowed = cutTail(entry.allowed, 1, excessBytes - blocked.savedBytes);
  return { ...entry, blocked: blocked.kept, allowed: allowed.kept };
}

function eachRuleFirst(blocked: readonly BlockedTarget[]): readonly BlockedTarget[] {
  const isFirst = (block: BlockedTarget, at: number): boolean =>
    blocked.findIndex(({ rule }) => rule === block.rule) === at;
  return [...blocked.filter(isFirst), ...blocked.filter((block, at) => !isFirst(block, at))];
}

/** Drops items from the end until `excessBytes` are saved, or `least` are left. Each costs its text and a comma. */
function cutTail<Item>(
  items: readonly Item[],
  least: number,
  excessBytes: number,
): { readonly kept: readonly Item[]; readonly savedBytes: number } {
  let keptCount = items.length;
  let savedBytes = 0;
  while (savedBytes < excessBytes && keptCount > least) savedBytes += lengthOf(items[--keptCount]) + 1;
  return { kept: items.slice(0, keptCount), savedBytes };
}

/** More than it has where it is far from the bound: a character of UTF-16 takes three bytes of UTF-8 at most. */
function bytesOf(entry: DecisionEntry): number {
  const text = writeEntry({ ...entry, v: newestVersion });
  const mostBytes = 3 * (text?.length ?? maxEntryBytes);
  return mostBytes <= maxEntryBytes ? mostBytes : lengthOf(entry);
}

function lengthOf(value: unknown): number {
  return encodeUtf8(canonicalJson(value as Json)).length;
}
