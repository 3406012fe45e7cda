// A witness on loopback without a cell around it, and what a test wants it to do wrong.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { cosignatureType, type NoteKey, type NoteSigner } from "../../src/ledger/index.ts";
import { openWitness, type Witness, type WitnessReply } from "../../src/store/witness/witness.ts";
import { signerFrom } from "./ledger-crypto.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

export interface TestWitness {
  readonly signer: NoteSigner;
  readonly url: string;
  readonly witness: Witness;
  /** Paths that were asked for, without the log's hash. */
  readonly asked: string[];
  /** What was sent with them. */
  readonly bodies: Uint8Array[];
  /** Takes the place of the witness's own answer. */
  misbehave: ((path: string) => Partial<WitnessReply> | "hang" | null) | null;
}

interface TestWitnessOptions {
  readonly name: string;
  readonly seed: number;
  readonly logs: readonly NoteKey[];
  /** One that knows the standard protocol alone. */
  readonly isPlain?: boolean;
}

export async function startWitness(
  t: TestContext,
  { name, seed, logs, isPlain = false }: TestWitnessOptions,
): Promise<TestWitness> {
  const signer = signerFrom(seed, name, cosignatureType);
  const fileSystem = new SimulatedDisk();
  const witness = await openWitness({
    fileSystem,
    directory: "/witness",
    signer,
    logs,
    now: () => 1_795_000_000_000,
  });
  const server = createServer((request, response) => {
    void answer(request).then((reply) => {
      if (reply !== null)
        response.writeHead(reply.status, { "content-type": reply.contentType }).end(reply.body);
    });
  });
  const test: TestWitness = { signer, url: "", witness, asked: [], bodies: [], misbehave: null };
  const answer = async (request: IncomingMessage): Promise<WitnessReply | null> => {
    const path = (request.url ?? "").slice("/witness/".length);
    test.asked.push(path.replace(/^[0-9a-f]{64}/, "log"));
    const body = new Uint8Array(await buffer(request));
    test.bodies.push(body);
    const wrong = test.misbehave?.(path) ?? null;
    if (wrong === "hang") return null;
    return { ...(await honest(path, body)), ...wrong };
  };
  const honest = async (path: string, body: Uint8Array): Promise<WitnessReply> => {
    if (path === "add-checkpoint") return witness.addCheckpoint(body);
    if (path === "add-log" && !isPlain) return witness.addLog(body);
    const shown = path.endsWith("/checkpoint") ? witness.newest(path.slice(0, 64)) : null;
    const text = { contentType: "text/plain", contradiction: null };
    return shown === null
      ? { ...text, status: 404, body: "" }
      : { ...text, status: 200, body: Buffer.from(shown).toString() };
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(test, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/witness` });
}
