import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { counsel, noteOf, suspension } from "../../../test/support/legal-notes.ts";
import { formatNoteKey } from "../../ledger/index.ts";
import { lawUnder } from "./held-events.ts";
import { type LegalRegister, openLegalRegister } from "./legal-register.ts";

const note = noteOf(suspension("stop-rhein", "operator", "rhein-cloud"));

test("a note with any bit flipped, or cut anywhere, is no event", (t) => {
  const { register, put } = openEmpty(t);
  for (let at = 0; at < note.length; at++) {
    put(`cut-${at}.note`, note.subarray(0, at));
    const flipped = Buffer.from(note);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    put(`flip-${at}.note`, flipped);
  }
  for (const arrival of register.arrivals(0)) assert.equal(arrival.kind, "refused");
  assert.equal(register.held.length, 0);
});

test("a register does not open while it cannot tell what an event in it says", (t) => {
  const { directory, put } = openEmpty(t);
  put("a.note", note);
  assert.equal(reopen(directory).held.length, 1);
  put("a.note", note.subarray(0, -10));
  assert.throws(() => reopen(directory), /legal event `a.note` is malformed/);
});

test("the hash names the policy and the set of events, in whatever order they came", (t) => {
  const [first, second] = [openEmpty(t), openEmpty(t)];
  const notes = [note, noteOf(suspension("stop-de", "region", "DE"))];
  takeUp(first, notes);
  takeUp(second, notes.toReversed());
  const law = {
    regimes: [],
    mechanisms: [],
    acceptances: [],
    cells: [],
    endpoints: [],
    hash: "a".repeat(64),
  };
  assert.equal(lawUnder(law, first.register.held).hash, lawUnder(law, second.register.held).hash);
  assert.notEqual(
    lawUnder(law, first.register.held).hash,
    lawUnder({ ...law, hash: "b" }, first.register.held).hash,
  );
  assert.equal(lawUnder(law, openEmpty(t).register.held), law);
});

test("a key that is none, or a witness's, is refused when the register is opened", () => {
  const vkey = formatNoteKey(counsel.key);
  const wrongId = vkey.replace(/\+[0-9a-f]{8}\+/, "+00000000+");
  const options = { directory: mkdtempSync(join(tmpdir(), "bailiwick-legal-")), deployment: "test.example" };
  assert.throws(() => openLegalRegister({ ...options, keys: [wrongId] }), /`law.event-keys`/);
  rmSync(options.directory, { recursive: true });
});

interface Opened {
  readonly directory: string;
  readonly register: LegalRegister;
  readonly put: (file: string, bytes: Uint8Array) => void;
}

function openEmpty(t: { after(fn: () => void): void }): Opened {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-legal-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const put = (file: string, bytes: Uint8Array): void => writeFileSync(join(directory, file), bytes);
  return { directory, register: reopen(directory), put };
}

function reopen(directory: string): LegalRegister {
  const keys = [formatNoteKey(counsel.key)];
  return openLegalRegister({ directory, deployment: "test.example", keys });
}

function takeUp({ register, put }: Opened, notes: readonly Uint8Array[]): void {
  for (const [index, bytes] of notes.entries()) {
    put(`${index}.note`, bytes);
    for (const arrival of register.arrivals(0)) {
      if (arrival.kind === "event") register.hold(arrival.file, arrival.signed);
    }
  }
}
