import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, signerFrom, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import { openedEntry, origin, policyEntry } from "../../../test/support/ledger-entries.ts";
import { buildLog, type LogFiles, readerOf } from "../../../test/support/ledger-log.ts";
import { encodeUtf8, toHex } from "../../base/index.ts";
import { textPath } from "./text-audit.ts";
import { verifyLog } from "./verify-log.ts";

const signer = signerFrom(1, origin);
const text = encodeUtf8("version: 1\n");
const hash = toHex(sha256(text));
const texts = [{ name: "policy.yaml", hash }];
const entries = [openedEntry(0, 1), { ...policyEntry(1), texts, textCount: 1 }];
const whole = new Map([...buildLog({ entries, signer, sealedAt: [2] }), [textPath(hash), text]]);

test("the texts of a policy lie beside the log under their hashes", async () => {
  assert.deepEqual(await faultsOf(whole), []);
});

test("a text that is gone, or is another one, is a fault of the entry that names it", async () => {
  const without = new Map([...whole].filter(([path]) => path !== textPath(hash)));
  assert.deepEqual(await faultsOf(without), [`policy_text 1 ${textPath(hash)}: it is missing`]);
  for (const other of ["version: 2\n", ""]) {
    const changed = new Map([...whole, [textPath(hash), encodeUtf8(other)]]);
    assert.deepEqual(await faultsOf(changed), [`policy_text 1 ${textPath(hash)}: it has another hash`]);
  }
});

test("a text that no entry names has to be what its name says all the same", async () => {
  const other = toHex(sha256(encodeUtf8("kept, and then the process died")));
  const more = new Map([...whole, [textPath(other), encodeUtf8("kept, and then the process died")]]);
  assert.deepEqual(await faultsOf(more), []);
  const stray = new Map([...whole, [textPath(other), text]]);
  assert.deepEqual(await faultsOf(stray), [`policy_text null ${textPath(other)}: it has another hash`]);
});

async function faultsOf(files: LogFiles): Promise<string[]> {
  const trust = { logs: [signer.key], witnesses: [], quorum: { kind: "none" } } as const;
  const { problems } = await verifyLog({ reader: readerOf(files), trust, sha256, verifyEd25519 });
  return problems.map(({ kind, index, path, reason }) => `${kind} ${index} ${path}: ${reason}`);
}
