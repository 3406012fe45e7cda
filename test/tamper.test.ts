// Everything that somebody with write access can do to a small ledger, and to what its verifier is given. Each test
// prints how much was tried; what goes unnoticed fails it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes } from "../src/base/index.ts";
import {
  encodeBundle,
  type WrittenEntry,
  formatNote,
  formatTrustPolicy,
  parseBundle,
  parseNote,
  parseTrustPolicy,
  readSeen,
} from "../src/ledger/index.ts";
import { sha256 } from "./support/ledger-crypto.ts";
import { decisionEntry, outcomeEntry, refusalEntry, requestId } from "./support/ledger-entries.ts";
import { buildLog, type LogFiles } from "./support/ledger-log.ts";
import { buildMonth, headOf, signerOf } from "./support/ledger-months.ts";
import {
  Attempts,
  problemCount,
  signCosigned,
  trustIn,
  verifyMonths,
  witnesses,
} from "./support/tampered.ts";

const sign = signCosigned;
const more = [decisionEntry(4), outcomeEntry(5, 3, requestId(4)), refusalEntry(6)];
const october = buildMonth({ month: "2026-10", previous: null, next: signerOf("2026-11"), sign });
const november = buildMonth({ month: "2026-11", previous: headOf(october, 2), next: null, more, sign });
const trust = trustIn(october.signer.key);
const noQuorum = { ...trust, quorum: { kind: "none" } } as const;
const genuine = [october.files, november.files] as const;
const bundlePath = "tile/entries/000.p/6";

test("as they are, both months are sound", async () => {
  assert.equal(problemCount(await verifyMonths(genuine, trust)), 0);
});

test("every byte of every file, changed", async (t) => {
  const flips = new Attempts();
  for (const [month, files] of genuine.entries()) {
    for (const [path, bytes] of files) {
      for (let at = 0; at < bytes.length; at++) {
        const flipped = bytes.map((byte, index) => (index === at ? byte ^ (1 << (at % 8)) : byte));
        if (isStrangersWord(path, bytes, flipped)) continue;
        flips.note(`${month} ${path} ${at}`, await isNoticed(new Map([...files, [path, flipped]])));
      }
    }
  }
  t.diagnostic(flips.conclude(8000));
});

test("every file, cut at every length, and made longer", async (t) => {
  const cuts = new Attempts();
  for (const [path, bytes] of november.files) {
    for (let length = 0; length <= bytes.length; length++) {
      const cut = length === bytes.length ? Uint8Array.of(...bytes, 0) : bytes.subarray(0, length);
      if (isStrangersWord(path, bytes, cut)) continue;
      cuts.note(`${path} ${length}`, await isNoticed(new Map([...november.files, [path, cut]])));
    }
  }
  t.diagnostic(cuts.conclude(4000));
});

test("every file, removed, or put in another one's place", async (t) => {
  const moves = new Attempts();
  for (const files of genuine) {
    for (const [path, bytes] of files) {
      if (!mayGo(path)) moves.note(`without ${path}`, await isNoticed(without(files, path)));
      for (const [other, instead] of files) {
        if (equalBytes(bytes, instead)) continue;
        moves.note(`${other} as ${path}`, await isNoticed(new Map([...files, [path, instead]])));
      }
    }
  }
  t.diagnostic(moves.conclude(100));
});

test("entries, reordered, repeated, left out, or brought from the other month", async (t) => {
  const orders = new Attempts();
  const entries = entriesOf(november.files, bundlePath, 6);
  const [stranger = new Uint8Array()] = entriesOf(october.files, "tile/entries/000.p/4", 4).slice(3);
  for (let left = 0; left < entries.length; left++) {
    for (let right = 0; right < entries.length; right++) {
      if (left !== right)
        orders.note(`swap ${left} ${right}`, await isBundleNoticed(swapped(entries, left, right)));
      orders.note(
        `copy ${left} to ${right}`,
        left === right || (await isBundleNoticed(entries.with(right, entries[left] ?? stranger))),
      );
    }
    orders.note(`stranger at ${left}`, await isBundleNoticed(entries.with(left, stranger)));
    orders.note(`without ${left}`, await isBundleNoticed(entries.toSpliced(left, 1)));
    orders.note(
      `twice ${left}`,
      await isBundleNoticed(entries.toSpliced(left, 0, entries[left] ?? stranger)),
    );
  }
  const tile = november.files.get("tile/0/000.p/6") ?? assert.fail();
  const hashes = Array.from({ length: 6 }, (_, at) => tile.subarray(at * 32, (at + 1) * 32));
  for (let left = 0; left < 6; left++) {
    for (let right = left + 1; right < 6; right++) {
      const files = new Map([
        ...november.files,
        ["tile/0/000.p/6", Buffer.concat(swapped(hashes, left, right))],
      ]);
      orders.note(`hashes ${left} ${right}`, await isNoticed(files));
    }
  }
  t.diagnostic(orders.conclude(90));
});

test("an older state, whole or in part", async (t) => {
  const older = new Attempts();
  const past = buildLog({ entries: november.entries, signer: november.signer, sealedAt: [0, 2], sign });
  const paths = [...november.files.keys()].filter(
    (path) => !isSame(past.get(path), november.files.get(path)),
  );
  // Each file is the newer one, the older one, or, where the older state has none, gone.
  for (let choice = 1; choice < 2 ** paths.length; choice++) {
    const files: LogFiles = new Map(past);
    for (const [at, path] of paths.entries()) {
      const bytes = (choice & (1 << at)) === 0 ? november.files.get(path) : past.get(path);
      if (bytes) files.set(path, bytes);
      else files.delete(path);
    }
    if (isSound(files)) continue;
    older.note([...files.keys()].join(" "), await isNoticed(files));
  }
  // A state that is old in all its parts was sound once. Only who saw a newer one can tell, or the month after it.
  const seen = [readSeen(november.files.get("checkpoint") ?? assert.fail()) ?? assert.fail()];
  older.note("all of it", problemCount(await verifyMonths([october.files, past], trust, seen)) > 0);
  const pastOctober = buildLog({ entries: october.entries, signer: october.signer, sealedAt: [0], sign });
  older.note(
    "all of the month before",
    problemCount(await verifyMonths([pastOctober, november.files], trust)) > 0,
  );
  t.diagnostic(older.conclude(10));
});

test("whole months, removed or exchanged", async (t) => {
  const months = new Attempts();
  const { logs } = await verifyMonths([october.files], trust);
  months.note("the newest is gone: named as absent", logs[0]?.absent[0] === november.signer.key.name);
  months.note("the oldest is gone", problemCount(await verifyMonths([november.files], trust)) > 0);
  const december = buildMonth({ month: "2026-12", previous: headOf(november, 6), next: null, sign });
  const lone = [october.signer.key, december.signer.key];
  const gap = await verifyMonths([october.files, december.files], { ...trust, logs: lone });
  months.note("one in between is gone", problemCount(gap) > 0);
  for (const seed of [10, 77]) {
    // Signed and cosigned by everybody, and still not the month that November follows.
    const entries = otherwiseSalted(october.entries, 1);
    const signer = signerOf("2026-10", seed);
    const files = buildLog({ entries, signer, sealedAt: [0, 2, entries.length], sign });
    const report = await verifyMonths([files, november.files], trustIn(signer.key));
    months.note(`another October, signed by ${seed}`, problemCount(report) > 0);
  }
  const signer = signerOf("2026-11", 77);
  const other = buildMonth({
    month: "2026-11",
    previous: headOf(october, 2),
    next: null,
    more,
    signer,
    sign,
  });
  const both = { ...trust, logs: [october.signer.key, signer.key] };
  months.note(
    "another November, by another key that is trusted",
    problemCount(await verifyMonths([october.files, other.files], both)) > 0,
  );
  t.diagnostic(months.conclude(6));
});

test("another history, signed by the holder of the log's key", async (t) => {
  const forgeries = new Attempts();
  for (let at = 1; at < november.entries.length; at++) {
    const forged = forge(at);
    // By itself it is sound: this is what a policy without witnesses believes.
    assert.equal(problemCount(await verifyMonths([october.files, forged], noQuorum)), 0);
    forgeries.note(`${at}: without cosignatures`, await isNoticed(forged));
    for (const path of ["checkpoint", "checkpoints/2", "checkpoints/6"]) {
      const kept = november.files.get(path) ?? assert.fail();
      const withKept = new Map([...forged, [path, kept]]);
      forgeries.note(`${at}: with the genuine ${path}`, await isNoticed(withKept));
      const transplanted = new Map([...forged, ["checkpoint", transplant(kept, forged.get("checkpoint"))]]);
      forgeries.note(`${at}: with the cosignatures of ${path}`, await isNoticed(transplanted));
      const seen = [readSeen(kept) ?? assert.fail()];
      const isTold = at >= seen[0]!.checkpoint.size;
      const shown = await verifyMonths([october.files, forged], noQuorum, seen);
      // A checkpoint from before the change cannot tell of it.
      forgeries.note(`${at}: without quorum, ${path} was seen`, isTold || problemCount(shown) > 0);
    }
  }
  t.diagnostic(forgeries.conclude(40));
});

test("cosignatures, exchanged between logs, sizes and witnesses", async (t) => {
  const exchanges = new Attempts();
  const others = [...october.files, ...november.files].filter(([path]) => path.startsWith("checkpoint"));
  const own = november.files.get("checkpoint") ?? assert.fail();
  for (const [path, other] of others) {
    if (equalBytes(own, other)) continue;
    const files = new Map([...november.files, ["checkpoint", transplant(other, own)]]);
    exchanges.note(path, await isNoticed(files));
  }
  const note = parseNote(own);
  assert.ok(note.ok);
  const [log, first, second] = note.value.signatures;
  assert.ok(log && first && second);
  for (const signatures of [
    [log],
    [log, first],
    [log, second],
    [log, first, first],
    [first, second],
    [log, first, { ...second, payload: first.payload }],
  ]) {
    const files = new Map([...november.files, ["checkpoint", formatNote({ ...note.value, signatures })]]);
    exchanges.note(signatures.map(({ keyName }) => keyName).join(), await isNoticed(files));
  }
  t.diagnostic(exchanges.conclude(10));
});

test("the trust file, cut at every length", (t) => {
  const cuts = new Attempts();
  const file = formatTrustPolicy({ ...trust, urls: new Map() });
  assert.ok(parseTrustPolicy(sha256, file).ok);
  for (let length = 0; length < file.length; length++) {
    cuts.note(`${length}`, !parseTrustPolicy(sha256, file.subarray(0, length)).ok);
  }
  t.diagnostic(cuts.conclude(300));
});

/** By itself, under a policy that knows its key: the other month is not needed to notice. */
async function isNoticed(files: LogFiles): Promise<boolean> {
  const keys = [october.signer.key, november.signer.key];
  return problemCount(await verifyMonths([files], { ...trust, logs: keys })) > 0;
}

function isBundleNoticed(entries: readonly Uint8Array[]): Promise<boolean> {
  return isNoticed(new Map([...november.files, [bundlePath, encodeBundle(entries)]]));
}

function entriesOf(files: LogFiles, path: string, width: number): readonly Uint8Array[] {
  const bundle = parseBundle(files.get(path) ?? assert.fail(), width);
  return bundle.ok ? bundle.value : assert.fail();
}

function swapped<Item>(items: readonly Item[], left: number, right: number): Item[] {
  const [one, other] = [items[left], items[right]];
  return items.map((item, at) => (at === left ? (other as Item) : at === right ? (one as Item) : item));
}

/** A kept checkpoint on which a signature that nobody asks for has become one of somebody unknown: it says the same. */
function isStrangersWord(path: string, before: Uint8Array, after: Uint8Array): boolean {
  if (!path.startsWith("checkpoints/")) return false;
  const [old, changed] = [parseNote(before), parseNote(after)];
  if (!old.ok || !changed.ok || old.value.text !== changed.value.text) return false;
  const known = new Set(
    [...witnesses, october.signer, november.signer].map(({ key }) => `${key.name} ${key.id}`),
  );
  const [own, ...rest] = changed.value.signatures;
  const isOwn = JSON.stringify(own) === JSON.stringify(old.value.signatures[0]);
  return (
    isOwn &&
    rest.every(
      (each) =>
        !known.has(`${each.keyName} ${each.keyId}`) ||
        old.value.signatures.some((same) => JSON.stringify(same) === JSON.stringify(each)),
    )
  );
}

/** Partial files may go once there are wider ones, and so may kept checkpoints: they are for whoever wants more. */
function mayGo(path: string): boolean {
  return path.startsWith("checkpoints/") || path.endsWith(".p/2");
}

function without(files: LogFiles, path: string): LogFiles {
  return new Map([...files].filter(([other]) => other !== path));
}

/** Whether what is there is one of the two states, or lacks only what may go. */
function isSound(files: LogFiles): boolean {
  const isNewest = [...november.files].every(
    ([path, bytes]) => isSame(files.get(path), bytes) || (mayGo(path) && !files.has(path)),
  );
  const isOlder = !isSame(files.get("checkpoint"), november.files.get("checkpoint"));
  return isNewest || (isOlder && !files.has("checkpoints/6"));
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && equalBytes(one, other);
}

/** November, with another entry in one place, and everything made anew but the cosignatures. */
function forge(at: number): LogFiles {
  const entries = otherwiseSalted(november.entries, at);
  return buildLog({ entries, signer: november.signer, sealedAt: [0, 2, entries.length] });
}

function otherwiseSalted(entries: readonly WrittenEntry[], at: number): readonly WrittenEntry[] {
  return entries.map((entry, index) => (index === at ? { ...entry, n: "0".repeat(32) } : entry));
}

/** The text and the log's signature of one checkpoint, with the cosignatures of another. */
function transplant(from: Uint8Array, to: Uint8Array | undefined): Uint8Array {
  const [source, target] = [parseNote(from), parseNote(to ?? assert.fail())];
  assert.ok(source.ok && target.ok);
  const [own] = target.value.signatures;
  assert.ok(own);
  return formatNote({ text: target.value.text, signatures: [own, ...source.value.signatures.slice(1)] });
}
