import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { command } from "../../../test/support/command.ts";
import { reportDataFor, tinyAmd, tinyMeasurement } from "../../../test/support/tiny-amd.ts";
import { tinyAuthority } from "../../../test/support/tiny-certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "bailiwick-attest-"));
const amd = tinyAmd();
const nonce = randomBytes(32);
const { certificate } = tinyAuthority("engine");
const evidence = save("evidence.json", amd.document({ reportData: reportDataFor(certificate, nonce) }));
const known = ["attest", "verify", evidence, "--product", "milan", "--root", amd.terms.root ?? ""];

test("attest verify prints what an engine's evidence says, in the words of a policy", async () => {
  const { code, stdout } = await command(...known);
  assert.equal(code, 0);
  assert.deepEqual(parse(stdout), {
    attestation: {
      kind: "sev-snp",
      product: "milan",
      measurements: [tinyMeasurement],
      "minimum-tcb": { "boot-loader": 4, tee: 1, snp: 22, microcode: 213 },
      root: amd.terms.root,
    },
  });
  const told = JSON.parse((await command(...known, "--json")).stdout) as Record<string, unknown>;
  assert.deepEqual(
    [told["isBelieved"], told["signedBy"], told["measurement"]],
    [true, "vcek", tinyMeasurement],
  );
});

test("attest verify holds the evidence against the certificate and the nonce that it has to be made for", async () => {
  const own = save("own.pem", certificate);
  const other = save("other.pem", tinyAuthority("another").certificate);
  assert.equal((await command(...known, "--certificate", own, "--nonce", nonce.toString("hex"))).code, 0);
  const relayed = await command(...known, "--certificate", other);
  assert.deepEqual([relayed.code, /not believed \(relayed\)/.test(relayed.stdout)], [1, true]);
  const stale = await command(...known, "--nonce", "00".repeat(32));
  assert.deepEqual([stale.code, /not believed \(stale\)/.test(stale.stdout)], [1, true]);
});

test("attest verify says why it does not believe what no processor of AMD's has made", async () => {
  const { code, stdout } = await command(...known.slice(0, 5), "--json");
  assert.equal(code, 1);
  assert.match(stdout, /"fault": ?"chain"/);
});

for (const { title, words, code } of [
  { title: "no file", words: ["attest", "verify", join(folder, "none"), "--product", "milan"], code: 2 },
  { title: "no product", words: ["attest", "verify", evidence], code: 64 },
  { title: "half a nonce", words: [...known, "--nonce", "00"], code: 64 },
  { title: "a certificate that is none", words: [...known, "--certificate", evidence], code: 2 },
]) {
  test(`attest verify with ${title} says what is wrong`, async () => {
    const result = await command(...words);
    assert.deepEqual([result.code, result.stderr.length > 0], [code, true]);
  });
}

function save(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
