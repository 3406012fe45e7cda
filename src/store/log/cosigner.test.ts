import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../../test/support/ledger-crypto.ts";
import { decisionEntry, origin } from "../../../test/support/ledger-entries.ts";
import { openTestLog } from "../../../test/support/open-test-log.ts";
import { SimulatedDisk } from "../../../test/support/simulated-disk.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { encodeEntry } from "../../ledger/index.ts";
import { verifyConsistency } from "../../ledger/tree/consistency.ts";
import { type Cosigner, type CosignRequest, ForkError } from "./cosigner.ts";
import type { TreeHead } from "./growing-log.ts";
import type { OpenLog } from "../month/open-shard.ts";

test("what is published is the note with the cosignatures, and the proof that witnesses ask for holds", async () => {
  const disk = new SimulatedDisk();
  const requests: CosignRequest[] = [];
  const { writer } = await openWith(disk, {
    cosign: async (request) => {
      requests.push(request);
      return { note: Buffer.concat([request.note, encodeUtf8("— w AAAA\n")]), isQuorumMet: false };
    },
  });
  await append(writer, 600);
  await writer.seal();
  assert.equal(writer.isQuorumMet, false);
  const published = await disk.read("/ledger/log/2026-11/checkpoint");
  assert.match(Buffer.from(published ?? "").toString(), /\n— acme.example\S+ \S+\n— w AAAA\n$/);
  const [first, second] = requests;
  assert.ok(first && second);
  assert.deepEqual([first.origin, first.published.size, first.next.size], [origin, 0, 1]);
  assert.deepEqual([second.published.size, second.next.size], [1, 601]);
  assert.deepEqual(await second.proveFrom(0), []);
  assert.ok(
    verifyConsistency(sha256, {
      oldSize: 1n,
      newSize: 601n,
      oldRoot: second.published.root,
      newRoot: second.next.root,
      proof: await second.proveFrom(1),
    }),
  );
});

test("a witness that has seen another log stops this one, and nothing more is published", async () => {
  const disk = new SimulatedDisk();
  let isForked = false;
  const { writer } = await openWith(disk, {
    cosign: async ({ note }) => {
      if (isForked) throw new ForkError(origin, "was cosigned with another root");
      return { note, isQuorumMet: true };
    },
  });
  const published = await disk.read("/ledger/log/2026-11/checkpoint");
  isForked = true;
  await append(writer, 1);
  await assert.rejects(writer.seal(), { reason: "inconsistent" });
  await assert.rejects(append(writer, 1), { reason: "inconsistent" });
  assert.deepEqual(await disk.read("/ledger/log/2026-11/checkpoint"), published);
});

const refusals: readonly { title: string; witnessed: (head: TreeHead) => TreeHead; says: RegExp }[] = [
  {
    title: "more of it than it has itself",
    witnessed: ({ size, root }) => ({ size: size + 1, root }),
    says: /says 4 entries were signed, but a witness has cosigned 5: it was rolled back/,
  },
  {
    title: "another tree of its size",
    witnessed: ({ size }) => ({ size, root: new Uint8Array(32) }),
    says: /gives another root for 4 entries than was cosigned/,
  },
];
for (const { title, witnessed, says } of refusals) {
  test(`a log is not opened when a witness has cosigned ${title}`, async () => {
    const disk = new SimulatedDisk();
    let head: TreeHead | null = null;
    const cosign: Cosigner["cosign"] = async ({ note, next }) => {
      head = next;
      return { note, isQuorumMet: true };
    };
    const { writer } = await openWith(disk, { cosign });
    await append(writer, 3);
    await writer.close();
    const known = head ?? assert.fail();
    await assert.rejects(openWith(disk, { cosign, newestWitnessed: async () => witnessed(known) }), says);
    await openWith(disk, { cosign, newestWitnessed: async () => known });
  });
}

function openWith(disk: SimulatedDisk, cosigner: Partial<Cosigner>): Promise<OpenLog> {
  return openTestLog({
    fileSystem: disk,
    directory: "/ledger",
    segmentBytes: 2048 * 512,
    cosigner: {
      datesOf: () => [],
      newestWitnessed: async () => null,
      cosign: async ({ note }) => ({ note, isQuorumMet: true }),
      ...cosigner,
    },
  });
}

async function append(writer: OpenLog["writer"], count: number): Promise<void> {
  const entry = encodeEntry({ ...decisionEntry(1), verdict: "refuse", error: "caller_rate_limited" });
  await writer.append(Array.from({ length: count }, () => ({ entry, pairing: { kind: "none" } })));
}
