/**
 * What steers a terminal, or makes a text look like another one: C0 but for tab and line breaks, DEL, C1, the separators of
 * lines and paragraphs, and what directs, joins or hides (UAX #9; UTR #36 §3.1). What stands first is let through: a line
 * break, and the few styles that we print ourselves, none of which moves or hides anything.
 */
const steering =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /\r\n|\u001b\[(?:0|1|2|22|31|32|33|39)m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** With every such character as `\uXXXX`, which inside a string of JSON means the same character. */
export function visible(text: string): string {
  return text.replace(steering, (found) => (isLetThrough(found) ? found : escaped(found)));
}

function isLetThrough(found: string): boolean {
  return found === "\r\n" || found.endsWith("m");
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}
