// Programs that we did not write, or that share nothing with ours, judge a log of 70,000 entries that the store wrote.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test, type TestContext } from "node:test";
import { formatNoteKey } from "../../src/ledger/index.ts";
import { goTool, tesseraFsck } from "../support/go-tool.ts";
import { buildFromDebian, buildGoVerifier, goVerifierMissing } from "../support/go-programs.ts";
import { type RealLog, writeRealLog } from "../support/real-log.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { command } from "../support/command.ts";

const size = 70_001;
const flipCount = 20;
const seed = Number(process.env["BAILIWICK_TEST_SEED"] ?? 20_261_120);

interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

describe("a log of 70,000 entries", () => {
  let directory: string;
  let log: RealLog;
  let goVerifier: string | null;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "bailiwick-interop-"));
    log = await writeRealLog(directory, size);
    goVerifier = buildGoVerifier(directory);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test("passes in the eyes of bailiwick ledger verify", async (t) => {
    const { code, stdout } = await command("ledger", "verify", log.directory, "--trust", log.policyFile);
    assert.equal(code, 0, stdout);
    t.diagnostic(lastLine(stdout));
  });

  /** They share no code with ours. Null where the program is not there. */
  const outsiders = [
    { name: "the Go verifier on golang.org/x/mod", verify: goVerdict, missing: goVerifierMissing },
    { name: "Tessera's fsck", verify: fsckVerdict, missing: tesseraFsck.missing },
  ] as const;

  for (const { name, verify, missing } of outsiders) {
    test(`passes in the eyes of ${name}`, (t) => {
      const verdict = verify();
      if (verdict === null) return t.skip(missing);
      assert.ok(verdict.ok, verdict.text);
      t.diagnostic(lastLine(verdict.text));
    });

    test(`fails in the eyes of ${name} with one byte flipped in any of ${flipCount} random places (seed ${seed})`, (t) => {
      if (verify() === null) return t.skip(missing);
      for (const place of randomPlaces()) {
        assert.equal(withFlip(place, verify)?.ok, false, `byte ${place.at} of ${place.path}`);
      }
      assert.equal(verify()?.ok, true, "a flip was not taken back");
    });
  }

  test("fails in the eyes of the Go verifier with a kept checkpoint of another tree", (t) => {
    if (goVerifier === null) return t.skip(goVerifierMissing);
    const [kept = ""] = globSync("checkpoints/*", { cwd: log.directory });
    assert.equal(
      withFlip({ path: join(log.directory, kept), at: log.origin.length + 8 }, goVerdict)?.ok,
      false,
    );
  });

  test("gives proofs of its entries that the Go verifier accepts, and for no other entry", async (t) => {
    if (goVerifier === null) return t.skip(goVerifierMissing);
    for (const index of [0, 65_535, size - 1]) await checkProof(t, index);
  });

  test("is judged alike by the Go verifier that is built from Debian's packages alone", (t) => {
    const path = join(directory, "goverify-debian");
    if (!buildFromDebian(path)) return t.skip("apt-get install golang-go golang-golang-x-mod-dev");
    const { ok, text } = run(path, "-policy", log.policyFile, log.directory);
    assert.ok(ok, text);
    assert.equal(text, goVerdict()?.text ?? text);
  });

  async function checkProof(t: TestContext, index: number): Promise<void> {
    const proof = join(directory, `${index}.tlog-proof`);
    const written = await command("ledger", "proof", log.directory, "--index", String(index), "--out", proof);
    assert.equal(written.code, 0, written.stderr);
    assert.ok(goProof(proof).ok, goProof(proof).text);
    const other = join(directory, "other-entry");
    writeFileSync(other, "{}");
    assert.match(goProof(proof, other).text, /^FAIL/);
    t.diagnostic(`${statSync(proof).size} bytes for entry ${index}, the entry itself included`);
  }

  function goProof(...args: readonly string[]): Verdict {
    return run(goVerifier ?? "", "-policy", log.policyFile, "-proof", ...args);
  }

  function goVerdict(): Verdict | null {
    return goVerifier === null ? null : run(goVerifier, "-policy", log.policyFile, log.directory);
  }

  function fsckVerdict(): Verdict | null {
    const fsck = goTool(tesseraFsck);
    if (fsck === null) return null;
    return judgeWithFsck(fsck, { log: log.directory, key: formatNoteKey(log.key), directory });
  }

  /** In files of which the tree is made; the same places for the same seed. */
  function randomPlaces(): readonly Place[] {
    const random = seededRandom(seed);
    const files = globSync("tile/**/*", { cwd: log.directory })
      .map((name) => join(log.directory, name))
      .filter((path) => statSync(path).isFile())
      .toSorted();
    return Array.from({ length: flipCount }, () => {
      const path = files[Math.floor(random() * files.length)] ?? "";
      return { path, at: Math.floor(random() * statSync(path).size) };
    });
  }
});

describe("logs that earlier releases wrote, in each version, and in two of them", () => {
  const logs = fileURLToPath(new URL("../testdata/logs", import.meta.url));
  const policyFile = join(logs, "trust.policy");
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-versions-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const name of ["v1", "mixed", "v2", "v3"]) {
    test(`\`${name}\` passes in the eyes of bailiwick ledger verify, and of the Go verifier`, async (t) => {
      const log = join(logs, name);
      const { code, stdout } = await command("ledger", "verify", log, "--trust", policyFile);
      assert.equal(code, 0, stdout);
      const goVerifier = buildGoVerifier(directory);
      if (goVerifier === null) return t.skip(goVerifierMissing);
      const verdict = run(goVerifier, "-policy", policyFile, log);
      assert.ok(verdict.ok, verdict.text);
      t.diagnostic(lastLine(verdict.text));
    });

    test(`\`${name}\` passes in the eyes of Tessera's fsck`, (t) => {
      const fsck = goTool(tesseraFsck);
      if (fsck === null) return t.skip(tesseraFsck.missing);
      const { ok, text } = judgeWithFsck(fsck, { log: join(logs, name), key: keyOf(name), directory });
      assert.ok(ok, text);
    });
  }

  /** In the order of the months. */
  function keyOf(name: string): string {
    const keys = readFileSync(policyFile, "utf8").matchAll(/^log (\S+)/gm);
    return Array.from(keys, ([, key]) => key ?? "")[["v1", "mixed", "v2", "v3"].indexOf(name)] ?? "";
  }
});

interface Place {
  readonly path: string;
  readonly at: number;
}

interface FsckCase {
  readonly log: string;
  readonly key: string;
  /** For a file with the key. */
  readonly directory: string;
}

function judgeWithFsck(fsck: string, { log, key, directory }: FsckCase): Verdict {
  const keyFile = join(directory, "log.vkey");
  writeFileSync(keyFile, key);
  const args = [`--storage_url=file://${log}/`, `--public_key=${keyFile}`, "--ui=false", "-N", "16"];
  const { text } = run(fsck, ...args);
  // Its exit code is 0 either way. Each of its workers ends at its first finding, and without any left it waits for
  // ever: an entry that is not the signed one is found once a level and in the root, so sixteen suffice.
  return { ok: text.includes("Successfully fsck'd log"), text };
}

function withFlip<Value>({ path, at }: Place, look: () => Value): Value {
  const bytes = readFileSync(path);
  chmodSync(path, 0o644);
  try {
    writeFileSync(
      path,
      bytes.map((byte, index) => (index === at ? byte ^ 0x10 : byte)),
    );
    return look();
  } finally {
    writeFileSync(path, bytes);
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

function run(program: string, ...args: readonly string[]): Verdict {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000 });
  return { ok: status === 0, text: stdout + stderr };
}
