import assert from "node:assert/strict";
import { test } from "node:test";
import { command, type CommandResult } from "../../../../test/support/command.ts";

const policy = new URL("testdata/calendar-policy.yaml", import.meta.url).pathname;

function calendar(...args: readonly string[]): Promise<CommandResult> {
  return command("calendar", policy, ...args);
}

test("the end of the United Kingdom's adequacy stands on its day, with the tenant and the decision", async () => {
  const { code, stdout } = await calendar("--from", "2026-12-01", "--to", "2032-01-01");
  assert.equal(code, 0);
  assert.match(stdout, /^2031-12-26T20:00:00.000Z +lon stops being lawful +company +.*2025\/2574/m);
  assert.match(stdout, /^2027-02-20 +review of eu-gdpr is due/m);
});

test("--ical is RFC 5545: CRLF, lines of at most 75 bytes, an event for each change", async () => {
  const { code, stdout } = await calendar("--from", "2026-12-01", "--to", "2032-01-01", "--ical");
  assert.equal(code, 0);
  assert.ok(stdout.startsWith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && stdout.endsWith("END:VCALENDAR\r\n"));
  const lines = stdout.split("\r\n");
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= 75 && !line.includes("\n")));
  const unfolded = stdout.replaceAll("\r\n ", "");
  assert.match(unfolded, /DTSTART:20311226T200000Z\r\nSUMMARY:lon stops being lawful: .*2025\/2574/);
  assert.equal(unfolded.split("BEGIN:VEVENT").length, unfolded.split("UID:").length);
  const again = await calendar("--from", "2026-12-01", "--to", "2032-01-01", "--ical");
  assert.equal(again.stdout, stdout);
});

test("--json is one value with changes and reviews", async () => {
  const { stdout } = await calendar("--from", "2026-12-01", "--to", "2032-01-01", "--json");
  const { changes } = JSON.parse(stdout) as {
    changes: readonly { endpoints: readonly string[]; atMs: number }[];
  };
  assert.ok(
    changes.some(({ endpoints, atMs }) => endpoints[0] === "lon" && atMs === Date.UTC(2031, 11, 26, 20)),
  );
});

test("a period that ends before it begins is unusable input: exit 2", async () => {
  const { code, stderr } = await calendar("--from", "2027-01-01", "--to", "2026-01-01");
  assert.equal(code, 2);
  assert.match(stderr, /`--to` 2026-01-01 is not after `--from` 2027-01-01/);
});
