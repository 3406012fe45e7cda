// Every command that the documents show is understood, and ends: typed as it stands there, in an empty folder, with relative
// paths. Files that are not there make most of them end with 2, which is an answer too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { test } from "node:test";
import { formatNoteKey } from "../src/ledger/index.ts";
import { command } from "./support/command.ts";
import { signerFrom } from "./support/ledger-crypto.ts";

const root = resolve(import.meta.dirname, "..");
const documents = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].filter(
  (path) => !path.startsWith("docs/decisions/"),
);
const timeLimitMs = 60_000;

interface Documented {
  readonly document: string;
  readonly words: readonly string[];
}

for (const { document, words } of documentedCommands()) {
  test(`${document}: \`bailiwick ${words.join(" ")}\` is understood, and ends with a word`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "bailiwick-documented-"));
    const before = process.cwd();
    process.chdir(folder);
    t.after(() => {
      process.chdir(before);
      rmSync(folder, { recursive: true, force: true });
    });
    const { code, stdout, stderr } = await within(command(...words));
    assert.ok([0, 1, 2].includes(code), `${code}: ${stdout}${stderr}`);
    assert.notEqual(stdout + stderr, "");
  });
}

test("the documents show commands", () => {
  assert.ok(documentedCommands().length >= 40, String(documentedCommands().length));
});

test("the key that the recipe for fsck takes is that of the very log, whichever line of the trust file it is in", (t) => {
  const recipe = /^awk .*$/m.exec(readFileSync(join(root, "docs/interop.md"), "utf8"))?.[0] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-recipe-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const origins = [
    "acme.example/ledger/de/fra/2026-11",
    "acme.example/ledger/de/fra/2026-1",
    "acme.example/ledger/us/iad/2026-11",
  ];
  const keys = origins.map((origin, at) => formatNoteKey(signerFrom(at + 1, origin).key));
  writeFileSync(join(folder, "trust.policy"), `${keys.map((key) => `log ${key}\n`).join("")}quorum none\n`);
  for (const [at, origin] of origins.entries()) {
    writeFileSync(join(folder, "checkpoint"), `${origin}\n7\n`);
    execFileSync("sh", ["-c", recipe.replace("LOG_DIRECTORY", ".")], { cwd: folder });
    assert.equal(readFileSync(join(folder, "log.vkey"), "utf8"), `${keys[at]}\n`);
  }
});

async function within<Value>(promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("it has not ended")), timeLimitMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function documentedCommands(): readonly Documented[] {
  const found = new Map<string, Documented>();
  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");
    for (const line of linesOf(text)) {
      const words = wordsOf(line);
      if (words !== null) found.set(words.join(" "), { document: relative(".", document), words });
    }
  }
  return [...found.values()];
}

/** Of fenced blocks, with lines that go on joined. */
function linesOf(text: string): readonly string[] {
  const blocks = Array.from(text.matchAll(/^```.*\n([\s\S]*?)^```/gm), ([, block = ""]) => block);
  return blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n"));
}

/** Null for what is no command of ours, or one that this test cannot run: it asks another machine, or it serves. */
function wordsOf(line: string): readonly string[] | null {
  const [, typed] = /^\s*(?:\$ )?(?:\.?\/?bin\/)?bailiwick (.*)$/.exec(line) ?? [];
  // `bailiwick worm v1` is the first line of a format.
  if (typed === undefined || /^[a-z]+ v\d+$/.test(typed)) return null;
  const plain = typed.split(/ +(?:#|\||&&|>|<)/)[0]?.replaceAll(/[[\]]/g, "") ?? "";
  const whole = plain.replaceAll(/[0-9a-f]*…/g, "0".repeat(32));
  if (/https?:|s3:|postgres:/.test(plain)) return null;
  const words = Array.from(
    whole.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );
  return words[0] === "up" ? null : words;
}
