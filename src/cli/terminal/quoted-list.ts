/** Lists, for a message, the names that would have been right. */
export function listOf(names: Iterable<string>): string {
  return Array.from(names, (name) => `\`${name}\``).join(", ") || "none";
}
