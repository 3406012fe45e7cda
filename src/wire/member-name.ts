/**
 * As an engine may read a member's name that ignores letter case: Go's encoding/json takes `ſ` and `K` (U+017F, U+212A)
 * for `s` and `k`, Python's `casefold` also `ß` and `ﬆ` for `ss` and `st`. Two names with one folded form are one name.
 */
export function foldName(name: string): string {
  return isFolded.test(name) ? name : name.toUpperCase().toLowerCase();
}

/** Nearly all names are: that it is their folded form need not be worked out. */
const isFolded = /^[a-z0-9_]*$/;

/** What an engine would obey must not pass unseen under another spelling. `name` is in lower case. */
export function isNamed(key: string, name: string): boolean {
  // Folding never shortens, and a name may be as long as a body.
  return key === name || (key.length <= name.length && foldName(key) === name);
}
