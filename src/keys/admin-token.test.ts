import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openAdminToken } from "./admin-token.ts";

test("a token is made where there is none, and read again as it was", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-token-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "admin-token");
  const made = openAdminToken(file);
  assert.match(made, /^[0-9a-f]{64}$/);
  assert.equal(openAdminToken(file), made);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

for (const text of [
  "",
  "\n",
  "   \n",
  "short\n",
  `${"a".repeat(31)}\n`,
  `${"a".repeat(40)} b\n`,
  `${"a".repeat(40)}\n\nb`,
]) {
  test(`a token file that holds ${JSON.stringify(text)} is a fault, and is left as it is`, (t) => {
    const directory = mkdtempSync(join(tmpdir(), "bailiwick-token-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "admin-token");
    writeFileSync(file, text, { mode: 0o600 });
    assert.throws(() => openAdminToken(file), /holds no admin token.*restore it/);
    assert.equal(readFileSync(file, "utf8"), text);
  });
}
