// What every command has in common, and one call of each as a process: what a shell sees of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { command } from "../../test/support/command.ts";

const program = new URL("../../bin/bailiwick", import.meta.url).pathname;
const demo = new URL("../../examples/demo/", import.meta.url).pathname;
const policy = join(demo, "policy.yaml");

/** The program itself; whatever is to be asked of a command in detail is asked of it in process. */
function bailiwick(
  words: readonly string[],
  stdin = "",
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, words, { input: stdin, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

for (const { words, stdin, code, says } of [
  { words: ["check", policy], code: 0, says: /: 0 errors, \d+ warnings?\n$/ },
  { words: ["decide", policy], stdin: '{"tenant":"demo-bank"}', code: 0, says: /^\{"line":1,.*\}\n$/ },
  { words: ["explain", policy, "--tenant", "demo-bank"], code: 0, says: /^permitted in eu-frankfurt/m },
  { words: ["diff", policy, policy], code: 0, says: /^the policies serve the same requests/ },
  { words: ["calendar", policy], code: 0, says: /^DATE / },
  { words: ["drill", policy, "--down", "cell:eu-frankfurt"], code: 1, says: /^cell:eu-frankfurt: fails/ },
  { words: ["test", join(demo, "tests.yaml")], code: 0, says: /0 failed\n$/ },
  { words: ["packs", "show", "eu-gdpr", "--source"], code: 0, says: /^# .*eu-gdpr\.yaml/ },
  { words: ["init", "--yes", "--out", "/nonexistent/policy.yaml"], code: 2, says: /^$/ },
  { words: ["legal", "list", "--config", "/nonexistent/cell.yaml"], code: 2, says: /^$/ },
  { words: ["completion", "bash"], code: 0, says: /ledger verify/ },
]) {
  test(`the program runs \`${words[0]}\` to its end, with its exit code and its answer on stdout`, () => {
    const run = bailiwick(words, stdin);
    assert.equal(run.code, code, run.stderr);
    assert.match(run.stdout, says);
  });
}

test("the program ends without a word when the reader of its output has left, as `head` does", () => {
  const script = '"$0" packs list | true; exit "${PIPESTATUS[0]}"';
  const { status, stderr } = spawnSync("bash", ["-c", script, program], { encoding: "utf8" });
  assert.deepEqual({ status, stderr }, { status: 141, stderr: "" });
});

test(
  "a full disk that takes the output is told in a sentence, and is not what the check found",
  { skip: !existsSync("/dev/full") },
  () => {
    const script = '"$0" check "$1" > /dev/full';
    const { status, stderr } = spawnSync("bash", ["-c", script, program, policy], { encoding: "utf8" });
    assert.equal(status, 2);
    assert.match(stderr, /^bailiwick: the output cannot be written: no space is left on the device$/m);
    assert.doesNotMatch(stderr, /\n {4}at /);
  },
);

for (const { typed, meant } of [
  { typed: "verify", meant: "did you mean `ledger verify` or `report verify` or `attest verify`?" },
  { typed: "chekc", meant: "did you mean `check`?" },
  { typed: "list", meant: "did you mean `packs list` or `legal list` or " },
]) {
  test(`\`${typed}\` is no command, and the answer says which may have been meant`, async () => {
    const { code, stderr } = await command(typed, ".bailiwick");
    assert.equal(code, 64);
    assert.ok(stderr.startsWith(`error: unknown command '${typed}'; ${meant}`), stderr);
  });
}

for (const words of [
  ["hold", "place", "--config", "c", "--subject", "0".repeat(32), "--subject", "1".repeat(32)],
  ["report", ".", "--regime", "soc2", "--tenant", "a", "--tenant", "b"],
  ["check", policy, "--max-down", "1", "--max-down", "2"],
]) {
  test(`\`${words[0]}\` does not obey one of two values and pass over the other`, async () => {
    const { code, stdout, stderr } = await command(...words);
    assert.deepEqual([code, stdout], [64, ""]);
    assert.match(stderr, /is given twice, and takes one value/);
  });
}

test("a report that is not made leaves no folder, and one that was there stays", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-no-report-"));
  const report = (out: string) =>
    command("report", folder, "--regime", "soc2", "--from", "2026-01-01", "--to", "2027-01-01", "--out", out);
  assert.equal((await report(join(folder, "a", "b"))).code, 2);
  assert.ok(!existsSync(join(folder, "a")));
  mkdirSync(join(folder, "mine"));
  assert.equal((await report(join(folder, "mine"))).code, 2);
  assert.ok(existsSync(join(folder, "mine")));
  rmSync(folder, { recursive: true });
});

test("--version prints the version of package.json", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.deepEqual(await command("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("--help lists every command and the exit codes, on stdout", async () => {
  const { code, stdout } = await command("--help");
  assert.equal(code, 0);
  const law = ["init", "check", "decide", "explain", "diff", "calendar", "drill", "test", "packs"];
  for (const name of ["up", "serve", ...law, "ledger", "witness", "completion"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
  assert.match(stdout, /64 bad usage/);
});

for (const { title, args, says } of [
  { title: "no command", args: [], says: /Usage: bailiwick/ },
  { title: "an unknown command", args: ["serv"], says: /did you mean `serve`/ },
  { title: "diff with one policy", args: ["diff", "a.yaml"], says: /missing required argument 'new'/ },
  { title: "a packs command that is not there", args: ["packs", "lst"], says: /Did you mean list/ },
  { title: "a count that is none", args: ["check", "a.yaml", "--max-down", "x"], says: /a whole number/ },
  { title: "an unknown option", args: ["check", "--jsn", "policy.yaml"], says: /--jsn/ },
  { title: "a missing argument", args: ["check"], says: /missing required argument 'policy'/ },
  { title: "an argument too many", args: ["check", "a.yaml", "b.yaml"], says: /too many arguments/ },
  { title: "a ledger command that is not there", args: ["ledger", "verfy"], says: /Did you mean verify/ },
  { title: "a port that is none", args: ["up", "--port-base", "70000"], says: /expected a port/ },
  { title: "a shell that is not known", args: ["completion", "tcsh"], says: /bash, zsh, fish/ },
  {
    title: "a place that is none",
    args: ["explain", "policy.yaml", "--subject", "UK", "--class", "health"],
    says: /write `GB`/,
  },
  {
    title: "a date that is none",
    args: ["explain", "policy.yaml", "--subject", "DE", "--class", "health", "--at", "2027-02-30"],
    says: /2027-02-30/,
  },
  {
    title: "an index that is none",
    args: ["ledger", "proof", ".", "--index", "-1"],
    says: /expected a whole number/,
  },
]) {
  test(`${title} is bad usage: exit 64, one reason on stderr, nothing on stdout`, async () => {
    const { code, stdout, stderr } = await command(...args);
    assert.equal(code, 64, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
  });
}

test("a file that is not there is unusable input: exit 2, with the name and the reason", async () => {
  const { code, stderr } = await command("check", "/nonexistent/policy.yaml");
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "bailiwick: policy `/nonexistent/policy.yaml` cannot be read: no such file or folder\n",
  );
});

test("a cell does not start with a geo-IP file that is none, and says which", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, "cell.yaml"),
    `{ bailiwick-cell: 1, cell: eu-frankfurt, policy: ${policy}, geo-ip: countries.mmdb }`,
  );
  writeFileSync(join(folder, "countries.mmdb"), "<html>Please log in</html>");
  const { code, stderr } = bailiwick(["serve", "--config", join(folder, "cell.yaml")]);
  assert.equal(code, 2, stderr);
  const { message } = JSON.parse(stderr) as { readonly message: string };
  assert.equal(
    message,
    `geo-IP file \`${join(folder, "countries.mmdb")}\`: it is not a MaxMind DB; fetch it again`,
  );
});

for (const name of ["check", "decide", "explain", "diff", "calendar", "drill", "init", "test", "packs"]) {
  test(`${name} --help says how it is used, on stdout: exit 0`, async () => {
    const { code, stdout, stderr } = await command(name, "--help");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, new RegExp(`^Usage: bailiwick ${name} `));
  });
}

for (const shell of ["bash", "zsh", "fish"]) {
  test(`the completion script for ${shell} is one that ${shell} can read`, async (t) => {
    const { code, stdout } = await command("completion", shell);
    assert.equal(code, 0);
    assert.match(stdout, /ledger verify/);
    const parsed = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
    if (parsed.error) return t.skip(`${shell} is not installed`);
    assert.equal(parsed.status, 0, parsed.stderr);
  });
}

for (const { typed, offered } of [
  { typed: ["led"], offered: ["ledger"] },
  { typed: ["ledger", "ver"], offered: ["verify"] },
  { typed: ["ledger", "proof", "ver"], offered: ["verify"] },
  { typed: ["completion", ""], offered: ["bash", "fish", "zsh", "--help"] },
  { typed: ["check", "--j"], offered: ["--json"] },
  { typed: ["--ver"], offered: ["--version"] },
]) {
  test(`bash completes \`bailiwick ${typed.join(" ")}\` to ${offered.join(", ")}`, async (t) => {
    const words = ["bailiwick", ...typed].map((word) => `'${word}'`).join(" ");
    const script = [
      (await command("completion", "bash")).stdout,
      `COMP_WORDS=(${words}); COMP_CWORD=${typed.length}`,
      '_bailiwick; printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n");
    const run = spawnSync("bash", ["--norc", "-s"], { input: script, encoding: "utf8" });
    if (run.error) return t.skip("bash is not installed");
    assert.deepEqual(run.stdout.trim().split("\n").toSorted(), offered.toSorted(), run.stderr);
  });
}
