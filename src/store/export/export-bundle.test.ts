import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type CellId, encodeUtf8, toHex } from "../../base/index.ts";
import {
  parseEntry,
  parseProofFile,
  type PolicyEntry,
  type Written,
  trustingClosings,
  verifyLedger,
  verifyProofFile,
} from "../../ledger/index.ts";
import { sha256, verifyEd25519 } from "../../../test/support/ledger-crypto.ts";
import {
  correctionEntry,
  decisionEntry,
  outcomeEntry,
  liftEntry,
  policyEntry,
  refusalEntry,
  requestId,
  suspensionEntry,
} from "../../../test/support/ledger-entries.ts";
import { readerOf } from "../../../test/support/ledger-log.ts";
import { buildMonth, headOf, type Month, signerOf } from "../../../test/support/ledger-months.ts";
import { publishedLog } from "../read/published-log.ts";
import { openTar } from "../read/tar-file.ts";
import { contentsOf } from "./bundle-layout.ts";
import type { EntryWish } from "./entry-selection.ts";
import { exportBundle } from "./export-bundle.ts";
import { UnexportableLogError } from "./log-snapshot.ts";
import { writeTar } from "./write-tar.ts";

const otherTenant = { ...decisionEntry(4), tenant: "9".repeat(32) };
const more = [otherTenant, outcomeEntry(5, 3, requestId(4)), refusalEntry(6)];
const october = buildMonth({ month: "2026-10", previous: null, next: signerOf("2026-11") });
const november = buildMonth({ month: "2026-11", previous: headOf(october, 4), next: null, more });
const months = [october, november];
const trust = { logs: [october.signer.key], witnesses: [], quorum: { kind: "none" } } as const;
const everything: EntryWish = { fromMs: null, untilMs: null, request: null, tenant: null };

const directory = mkdtempSync(join(tmpdir(), "bailiwick-export-"));
after(() => rmSync(directory, { recursive: true }));
let count = 0;

test("whole logs come out of a bundle as they went in, and verify from the first month's key on", async () => {
  const tar = await openTar(await write(months, null));
  const { logFolders } = contentsOf(tar.names);
  assert.deepEqual(
    logFolders,
    months.map(({ signer }) => `logs/${signer.key.name}`),
  );
  const readers = logFolders.map((folder) => tar.below(folder));
  const { logs } = await verifyLedger({ readers, trust, sha256, verifyEd25519 });
  assert.deepEqual(
    logs.map(({ entryCount, checkpointCount, problems }) => [entryCount, checkpointCount, problems]),
    [
      [4, 3, []],
      [6, 3, []],
    ],
  );
  for (const [path, bytes] of november.files) {
    // Of partial files only those of the last size are needed.
    if (path.includes(".p/") && !path.endsWith(".p/6")) continue;
    assert.deepEqual(tar.read(`logs/${november.signer.key.name}/${path}`), new Uint8Array(bytes), path);
  }
  tar.close();
});

test("the same logs give the same bytes, in whatever order they are given", async () => {
  const [once, again] = [await write(months, null), await write(months.toReversed(), null)];
  assert.deepEqual(readFileSync(once), readFileSync(again));
});

test("a bundle holds the texts of the policies that its logs name, or that its chosen decisions name", async () => {
  const text = encodeUtf8("id: eu-gdpr\n");
  const hash = toHex(sha256(text));
  const texts = [{ name: "packs/eu-gdpr.yaml", hash }];
  const policy: Written<PolicyEntry> = { ...policyEntry(1), texts, textCount: 1 };
  const stranger: Written<PolicyEntry> = { ...policy, n: "a".repeat(32), policy: "cd".repeat(32) };
  const month = buildMonth({
    month: "2026-11",
    previous: null,
    next: null,
    more: [...more, policy, stranger],
  });
  const files = new Map([...month.files, [`policies/${hash}`, text]]);
  const whole = await openTar(await write([{ ...month, files }], null));
  const [folder = ""] = contentsOf(whole.names).logFolders;
  assert.deepEqual(whole.read(`${folder}/policies/${hash}`), text);
  const trusted = { ...trust, logs: [month.signer.key] };
  const { logs } = await verifyLedger({
    readers: [whole.below(folder)],
    trust: trusted,
    sha256,
    verifyEd25519,
  });
  assert.deepEqual(logs[0]?.problems, []);
  whole.close();

  const chosen = await openTar(await write([{ ...month, files }], { ...everything, request: requestId(1) }));
  const { proofs, texts: held } = contentsOf(chosen.names);
  // The decision, its outcome, and the one policy of the two that it names.
  assert.deepEqual(
    proofs.map((name) => name.split("/").at(-1)),
    ["1.tlog-proof", "2.tlog-proof", "6.tlog-proof"],
  );
  assert.deepEqual(held, [`policies/${hash}`]);
  assert.deepEqual(chosen.read(`policies/${hash}`), text);
  chosen.close();

  await assert.rejects(write([month], null), UnexportableLogError);
});

test("the legal events of the cell that decided go along with a decision, also those of an earlier month", async () => {
  const earlier = buildMonth({
    month: "2026-10",
    previous: null,
    next: signerOf("2026-11"),
    more: [suspensionEntry(3)],
  });
  const strangers = { ...suspensionEntry(8), cell: "us-virginia" as CellId };
  const later = buildMonth({
    month: "2026-11",
    previous: headOf(earlier, earlier.entries.length),
    next: null,
    more: [...more, liftEntry(7), strangers],
  });
  const tar = await openTar(await write([earlier, later], { ...everything, request: refusalEntry(6).rid }));
  assert.deepEqual(
    contentsOf(tar.names).proofs.map((name) => name.split("/").slice(-2).join("/")),
    ["2026-10/3.tlog-proof", "2026-11/5.tlog-proof", "2026-11/6.tlog-proof"],
  );
  tar.close();
});

test("a correction goes along with the request that it is about, also from a later month", async () => {
  const of = { origin: october.signer.key.name, index: 2 };
  const corrected = buildMonth({
    month: "2026-11",
    previous: headOf(october, 4),
    next: null,
    more: [{ ...correctionEntry(3, 2), of }],
  });
  const tar = await openTar(await write([october, corrected], { ...everything, request: requestId(1) }));
  const { proofs } = contentsOf(tar.names);
  assert.ok(proofs.includes(`entries/${corrected.signer.key.name}/3.tlog-proof`), proofs.join(" "));
  tar.close();
});

test("the README names each log with its size and root, in ASCII", async () => {
  const tar = await openTar(await write(months, null));
  const readme = Buffer.from(tar.read("README.txt") ?? []).toString("latin1");
  assert.match(readme, /^[\n -~]*$/);
  for (const month of months) {
    const { origin, size, root } = headOf(month, month.entries.length);
    assert.ok(
      readme.includes(`${origin}\n    entries ${size}, root ${Buffer.from(root, "hex").toString("base64")}`),
    );
  }
  tar.close();
});

const wishes: readonly {
  readonly title: string;
  readonly wish: Partial<EntryWish>;
  readonly indexes: readonly number[];
}[] = [
  { title: "a request", wish: { request: requestId(4) }, indexes: [3, 4] },
  { title: "a tenant", wish: { tenant: "9".repeat(32) }, indexes: [3, 4] },
  { title: "a time", wish: { fromMs: 1_795_000_000_004, untilMs: 1_795_000_000_006 }, indexes: [3, 4] },
  {
    title: "a tenant at a time",
    wish: { tenant: "1".repeat(32), fromMs: 1_795_000_000_002 },
    indexes: [2, 5],
  },
  {
    title: "a request of another tenant",
    wish: { request: requestId(4), tenant: "1".repeat(32) },
    indexes: [],
  },
];

for (const { title, wish, indexes } of wishes) {
  test(`the entries of ${title} come with their proofs, under a key that the closing of the month before vouches for`, async () => {
    const tar = await openTar(await write(months, { ...everything, ...wish }));
    const { proofs, closings, logFolders } = contentsOf(tar.names);
    assert.deepEqual(logFolders, []);
    const ofNovember = proofs.filter((name) => name.includes("2026-11"));
    assert.deepEqual(
      ofNovember.map((name) => Number(/(\d+)\.tlog-proof$/.exec(name)?.[1])),
      indexes,
    );
    const believed = trustingClosings(
      trust,
      closings.map((name) => proofIn(tar.read(name))),
      { sha256, verifyEd25519 },
    );
    for (const name of proofs) {
      const proof = proofIn(tar.read(name));
      const entry = proof.extra ?? new Uint8Array();
      assert.ok(parseEntry(entry).ok);
      assert.ok(verifyProofFile(proof, { entry, trust: believed, sha256, verifyEd25519 }).ok, name);
      const isOld = name.includes("2026-10");
      assert.equal(verifyProofFile(proof, { entry, trust, sha256, verifyEd25519 }).ok, isOld);
    }
    tar.close();
  });
}

test("a closing that is no last entry, or proves nothing, vouches for no key", async () => {
  const tar = await openTar(await write(months, { ...everything, request: requestId(1) }));
  const { closings } = contentsOf(tar.names);
  const closing = proofIn(tar.read(closings[0] ?? ""));
  const countOfKeys = (proof: typeof closing): number =>
    trustingClosings(trust, [proof], { sha256, verifyEd25519 }).logs.length;
  assert.equal(countOfKeys(closing), 2);
  const forged = [
    { ...closing, index: 2 },
    { ...closing, extra: null },
    { ...closing, hashes: [] },
  ];
  assert.deepEqual(forged.map(countOfKeys), [1, 1, 1]);
  tar.close();
});

test("of a log that was pruned its checkpoint is exported, and no entry is looked for", async () => {
  const files = new Map([...october.files].filter(([path]) => path === "checkpoint"));
  const tar = await openTar(await write([{ ...october, files }, november], null));
  assert.deepEqual(
    tar.names.filter((name) => name.includes("2026-10")),
    [`logs/${october.signer.key.name}/checkpoint`],
  );
  tar.close();
});

test("a log that lacks a file is not exported, and no half of a bundle that could pass for one is claimed", async () => {
  const files = new Map([...november.files].filter(([path]) => path !== "tile/0/000.p/6"));
  await assert.rejects(write([{ ...november, files }], null), UnexportableLogError);
});

test("a bundle does not replace a file that exists", async () => {
  const file = await write(months, null);
  await assert.rejects(writeTar(file, exportBundle({ logs: [], trust: encodeUtf8(""), wish: null })), {
    code: "EEXIST",
  });
});

async function write(given: readonly Month[], wish: EntryWish | null): Promise<string> {
  const file = join(directory, `${count++}.tar`);
  const logs = given.map(({ signer, files }) => publishedLog(signer.key.name, readerOf(files)));
  await writeTar(file, exportBundle({ logs, trust: encodeUtf8("quorum none\n"), wish }));
  return file;
}

function proofIn(
  bytes: Uint8Array | null,
): Extract<ReturnType<typeof parseProofFile>, { ok: true }>["value"] {
  const proof = parseProofFile(bytes ?? new Uint8Array());
  if (!proof.ok) throw new Error(proof.error);
  return proof.value;
}
