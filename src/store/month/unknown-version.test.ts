import assert from "node:assert/strict";
import { test } from "node:test";
import { decisionEntry, refusalEntry } from "../../../test/support/ledger-entries.ts";
import { openTestLog } from "../../../test/support/open-test-log.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { encodeEntry } from "../../ledger/index.ts";
import { UnknownVersionError } from "./unknown-version.ts";

const newer = encodeUtf8((decodeUtf8(encodeEntry(refusalEntry(1))) ?? "").replace('"v":3', '"v":4'));
const none = { kind: "none" } as const;

for (const { title, isSealed, count } of [
  { title: "that was sealed", isSealed: true, count: 1 },
  { title: "that a crash left unsealed", isSealed: false, count: 1 },
  // The last bundle is full: 256 entries with the opening.
  { title: "at the end of a full bundle", isSealed: true, count: 255 },
]) {
  test(`a log with an entry of a newer release ${title} is not opened, and not written to`, async () => {
    const disk = new SimulatedDisk();
    const options = { directory: "/ledger", segmentBytes: 1 << 20 };
    const { writer } = await openTestLog({ ...options, fileSystem: disk });
    const entries = Array.from({ length: count }, () => ({ entry: newer, pairing: none }));
    await writer.append(entries);
    if (isSealed) await writer.close();
    const left = disk.restarted();
    const state = await left.read("/ledger/state/2026-11/signed");
    await assert.rejects(openTestLog({ ...options, fileSystem: left }), (error: unknown) => {
      assert.ok(error instanceof UnknownVersionError);
      assert.match(
        error.message,
        /`\/ledger\/log\/2026-11` holds entries of a version .* start the newer release/,
      );
      return true;
    });
    assert.deepEqual(await left.read("/ledger/state/2026-11/signed"), state);
  });
}

test("an entry that is damaged is the verifier's matter, and keeps no log from being opened", async () => {
  const disk = new SimulatedDisk();
  const { writer } = await openTestLog({ fileSystem: disk, directory: "/ledger" });
  await writer.append([{ entry: encodeUtf8("{}"), pairing: none }]);
  await writer.close();
  const again = await openTestLog({ fileSystem: disk.restarted(), directory: "/ledger" });
  await again.writer.append([{ entry: encodeEntry(decisionEntry(1)), pairing: none }]);
  await again.writer.close();
});
