import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { decisionEntry, outcomeEntry, requestId } from "../../../test/support/ledger-entries.ts";
import { buildMonth, headOf, type Month, signerOf } from "../../../test/support/ledger-months.ts";
import { startWitness } from "../../../test/support/witness-server.ts";
import { formatAddCheckpoint, type TrustFile } from "../../ledger/index.ts";
import { checkRestored } from "./restore-backup.ts";

const october = buildMonth({ month: "2026-10", previous: null, next: signerOf("2026-11") });
const november = monthAfter(october, 0);
const grownNovember = monthAfter(october, 1);

/** `more` requests later. */
function monthAfter(before: Month, more: number): Month {
  const pairs = Array.from({ length: more }, (_, at) => {
    const decision = 3 + 2 * at;
    return [decisionEntry(decision), outcomeEntry(decision + 1, decision, requestId(decision))];
  });
  return buildMonth({
    month: "2026-11",
    previous: headOf(before, before.entries.length),
    next: null,
    more: pairs.flat(),
  });
}

function writeMonths(months: ReadonlyMap<string, Month>): string {
  const directory = mkdtempSync(join(tmpdir(), "bailiwick-restored-"));
  for (const [month, { files }] of months) {
    for (const [path, bytes] of files) {
      const file = join(directory, "state", "ledger", "log", month, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  }
  return directory;
}

test("the trust file may name the first month alone: the newest log's witnesses are asked all the same", async (t) => {
  const witness = await startWitness(t, {
    name: "acme.example/witness/FR/eu-paris",
    seed: 77,
    logs: [grownNovember.signer.key],
  });
  const size = grownNovember.entries.length;
  const checkpoint = grownNovember.files.get(`checkpoints/${size}`) ?? new Uint8Array();
  const cosigned = await witness.witness.addCheckpoint(
    formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint }),
  );
  assert.equal(cosigned.status, 200);
  const trust: TrustFile = {
    logs: [october.signer.key],
    witnesses: [witness.signer.key],
    quorum: { kind: "none" },
    urls: new Map([[witness.signer.key, witness.url]]),
  };
  const origin = grownNovember.signer.key.name;
  for (const { restored, expected } of [
    {
      restored: november,
      expected: [{ origin, restoredSize: november.entries.length, witnessedSize: size }],
    },
    { restored: grownNovember, expected: [] },
  ]) {
    const directory = writeMonths(
      new Map([
        ["2026-10", october],
        ["2026-11", restored],
      ]),
    );
    t.after(() => rmSync(directory, { recursive: true }));
    const { report, behind, witnessed } = await checkRestored(directory, trust);
    assert.deepEqual(
      report.logs.flatMap(({ problems }) => problems),
      [],
    );
    assert.deepEqual(behind, expected);
    assert.deepEqual(witnessed, expected.length === 0 ? [origin] : []);
  }
});
