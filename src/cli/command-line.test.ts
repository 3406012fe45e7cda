// The real command as a child process: what a shell sees of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const program = new URL("../../bin/bailiwick", import.meta.url).pathname;

function bailiwick(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { code: status, stdout, stderr };
}

test("--version prints the version of package.json", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.deepEqual(bailiwick("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("--help lists every command and the exit codes, on stdout", () => {
  const { code, stdout } = bailiwick("--help");
  assert.equal(code, 0);
  const law = ["init", "check", "decide", "explain", "diff", "calendar", "drill", "test", "packs"];
  for (const command of ["up", "serve", ...law, "ledger", "witness", "completion"]) {
    assert.match(stdout, new RegExp(`^  ${command} `, "m"));
  }
  assert.match(stdout, /64 bad usage/);
});

for (const { title, args, says } of [
  { title: "no command", args: [], says: /Usage: bailiwick/ },
  { title: "an unknown command", args: ["serv"], says: /Did you mean serve/ },
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
  test(`${title} is bad usage: exit 64, one reason on stderr, nothing on stdout`, () => {
    const { code, stdout, stderr } = bailiwick(...args);
    assert.equal(code, 64, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
  });
}

test("a file that is not there is unusable input: exit 2, with the name and the reason", () => {
  const { code, stderr } = bailiwick("check", "/nonexistent/policy.yaml");
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "bailiwick: policy `/nonexistent/policy.yaml` cannot be read: no such file or folder\n",
  );
});

test("a cell does not start with a geo-IP file that is none, and says which", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const policy = join(import.meta.dirname, "../../examples/demo/policy.yaml");
  writeFileSync(
    join(folder, "cell.yaml"),
    `{ bailiwick-cell: 1, cell: eu-frankfurt, policy: ${policy}, geo-ip: countries.mmdb }`,
  );
  writeFileSync(join(folder, "countries.mmdb"), "<html>Please log in</html>");
  const { code, stderr } = bailiwick("serve", "--config", join(folder, "cell.yaml"));
  assert.equal(code, 2, stderr);
  assert.equal(
    stderr,
    `bailiwick: geo-IP file \`${join(folder, "countries.mmdb")}\`: it is not a MaxMind DB; fetch it again\n`,
  );
});

for (const command of ["check", "decide", "explain", "diff", "calendar", "drill", "init", "test", "packs"]) {
  test(`${command} --help says how it is used, on stdout: exit 0`, () => {
    const { code, stdout, stderr } = bailiwick(command, "--help");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, new RegExp(`^Usage: bailiwick ${command} `));
  });
}

for (const shell of ["bash", "zsh", "fish"]) {
  test(`the completion script for ${shell} is one that ${shell} can read`, (t) => {
    const { code, stdout } = bailiwick("completion", shell);
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
  test(`bash completes \`bailiwick ${typed.join(" ")}\` to ${offered.join(", ")}`, (t) => {
    const words = ["bailiwick", ...typed].map((word) => `'${word}'`).join(" ");
    const script = [
      bailiwick("completion", "bash").stdout,
      `COMP_WORDS=(${words}); COMP_CWORD=${typed.length}`,
      '_bailiwick; printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n");
    const run = spawnSync("bash", ["--norc", "-s"], { input: script, encoding: "utf8" });
    if (run.error) return t.skip("bash is not installed");
    assert.deepEqual(run.stdout.trim().split("\n").toSorted(), offered.toSorted(), run.stderr);
  });
}
