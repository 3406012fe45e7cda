// What tables and lists are written with.
import type { Column } from "./report.ts";

export function columns(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ id: title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_"), title }));
}

export function joined(words: readonly string[], separator = " "): string {
  return words.join(separator);
}
