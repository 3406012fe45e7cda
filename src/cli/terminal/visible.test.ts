import assert from "node:assert/strict";
import { styleText } from "node:util";
import { test } from "node:test";
import { collectedTerminal } from "../../../test/support/command.ts";
import { visible } from "./visible.ts";

const hostile: readonly (readonly [string, string, string])[] = [
  ["a sequence that clears the screen", "\u001b[2J", "\\u001b[2J"],
  ["a sequence that hides what follows", "\u001b[8mx", "\\u001b[8mx"],
  ["a title by OSC and BEL", "\u001b]0;x\u0007", "\\u001b]0;x\\u0007"],
  ["a C1 CSI", "\u009b2J", "\\u009b2J"],
  ["a carriage return that writes over the line", "failed\rok", "failed\\u000dok"],
  ["a backspace", "a\bb", "a\\u0008b"],
  ["an override of direction", "a\u202eb", "a\\u202eb"],
  ["an isolate", "\u2066a\u2069", "\\u2066a\\u2069"],
  ["a space of no width", "re\u200btail", "re\\u200btail"],
  ["a tag beyond the first plane", "a\u{e0041}", "a\\udb40\\udc41"],
  ["a byte order mark", "\ufeffa", "\\ufeffa"],
  ["a separator of lines", "a\u2028b", "a\\u2028b"],
];

for (const [title, text, shown] of hostile) {
  test(`${title} reaches nobody's terminal, on no way`, async () => {
    const { terminal, result } = collectedTerminal();
    await terminal.print(text);
    await terminal.write(text);
    terminal.complain(text);
    terminal.note(text);
    await terminal.printJson({ text });
    const { stdout, stderr } = result();
    assert.ok(stdout.startsWith(`${shown}\n${shown}`), JSON.stringify(stdout));
    assert.equal(stderr, `bailiwick: ${shown}\n${shown}\n`);
    const json = stdout.slice(shown.length * 2 + 1);
    assert.deepEqual(JSON.parse(json), { text });
    for (const each of [stdout, stderr]) assert.equal(visible(each), each);
    terminal.complainInJson();
    terminal.complain(text);
    const line = result().stderr.slice(stderr.length);
    assert.equal(visible(line), line);
    assert.equal((JSON.parse(line) as { readonly message: string }).message, text);
  });
}

test("tabs, line breaks, letters of every script and our own styles pass as they are", () => {
  const style = styleText(["bold", "green"], "ok", { validateStream: false });
  for (const text of ["a\tb\nc\r\nd", "Zürich، القاهرة 東京 🇩🇪", style]) assert.equal(visible(text), text);
});
