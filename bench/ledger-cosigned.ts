// How long an entry waits for a checkpoint that another cell has cosigned: two witnesses on this machine, with their
// records on its disk, of which one is enough.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { openSigningKey, sha256 } from "../src/keys/index.ts";
import { cosignatureType, type NoteKey, noteKey, type TrustFile } from "../src/ledger/index.ts";
import { openLedger, openWitness, presentLogKey, witnessNameOf } from "../src/store/index.ts";
import { testLedgerOptions } from "../test/support/test-ledger.ts";
import { untilSealed } from "./ledger-append.ts";
import type { LedgerCase, Measured } from "./ledger-case.ts";

const perSecond = 1_000;
const cells = [
  { jurisdiction: "US", cell: "us-virginia" },
  { jurisdiction: "AE", cell: "ae-dubai" },
] as const;

export const cosignedCases: readonly LedgerCase[] = [
  { name: `entry to cosigned checkpoint, ${perSecond} a second`, run: untilCosigned },
];

async function untilCosigned(directory: string): Promise<Measured> {
  const options = testLedgerOptions(directory);
  const log = presentLogKey(options.keysDirectory, options, options.now?.() ?? Date.now());
  const witnesses = await Promise.all(
    cells.map((identity) => startWitness(join(directory, identity.cell), log, identity)),
  );
  const ledger = await openLedger({ ...options, sealIntervalMs: 1_000, trust: trustIn(log, witnesses) });
  try {
    const measured = await untilSealed(ledger, perSecond);
    const { quorumMissingSinceMs, witnesses: asked } = ledger.state();
    if (quorumMissingSinceMs !== null) throw new Error("the checkpoints were not cosigned");
    return {
      ...measured,
      cosignatures: asked.reduce((sum, { cosignatureCount }) => sum + cosignatureCount, 0),
    };
  } finally {
    await ledger.close();
    for (const { server } of witnesses) server.close().closeAllConnections();
  }
}

interface BenchWitness {
  readonly key: NoteKey;
  readonly server: Server;
}

async function startWitness(
  directory: string,
  log: NoteKey,
  identity: (typeof cells)[number],
): Promise<BenchWitness> {
  const signing = openSigningKey(join(directory, "witness.pem"));
  const name = witnessNameOf({ deployment: "bench.example", ...identity });
  const key = noteKey(sha256, { name, type: cosignatureType, publicKey: signing.publicKey });
  const signer = { key, sign: (message: Uint8Array) => signing.sign(message) };
  const witness = await openWitness({ directory, signer, logs: [log], now: Date.now });
  const server = createServer(async (request, response) => {
    const body = new Uint8Array(await buffer(request));
    if (request.method !== "POST") return response.writeHead(404).end();
    const reply = await witness.addCheckpoint(body);
    return response.writeHead(reply.status, { "content-type": reply.contentType }).end(reply.body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { key, server };
}

function trustIn(log: NoteKey, witnesses: readonly BenchWitness[]): TrustFile {
  const members = witnesses.map(({ key }) => ({ kind: "witness", key }) as const);
  return {
    logs: [log],
    witnesses: witnesses.map(({ key }) => key),
    quorum: { kind: "group", least: 1, members },
    urls: new Map(
      witnesses.map(({ key, server }) => [key, `http://127.0.0.1:${(server.address() as AddressInfo).port}`]),
    ),
  };
}
