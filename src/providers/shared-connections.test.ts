import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointId } from "../base/index.ts";
import type { EndpointAddress, Engine } from "./provider.ts";
import { SharedConnections } from "./shared-connections.ts";

const address: EndpointAddress = {
  id: "local-1" as EndpointId,
  engine: "sim",
  url: null,
  apiKey: null,
  modelFile: "/models/a.gguf",
  computes: [],
};

test("an engine inside this process that several epochs hold is opened once, and ended by the last", async () => {
  const { engine, seen } = countedEngine();
  const connections = new SharedConnections(8, [engine]);
  const [first, second] = [connections.hold([address]), connections.hold([{ ...address }])];
  assert.deepEqual(seen, ["open"]);
  await connections.release(first);
  assert.deepEqual(seen, ["open"]);
  await connections.release(second);
  assert.deepEqual(seen, ["open", "drain"]);
});

test("an endpoint that has to show something else from now on is another connection", async () => {
  const { engine, seen } = countedEngine();
  const connections = new SharedConnections(8, [engine]);
  const attestation: NonNullable<EndpointAddress["attestation"]> = {
    kind: "sev-snp",
    path: "/",
    product: "milan",
    measurements: ["ab".repeat(48)],
    minimumTcb: { fmc: 0, bootLoader: 4, tee: 0, snp: 22, microcode: 213 },
    root: null,
  };
  const { minimumTcb } = attestation;
  const newer = { ...attestation, minimumTcb: { ...minimumTcb, snp: 23 } };
  const held = [{}, { attestation }, { attestation: newer }, { attestation: { ...attestation } }].map(
    (more) => connections.hold([{ ...address, ...more }]),
  );
  assert.deepEqual(seen, ["open", "open", "open"]);
  await Promise.all(held.map((upstreams) => connections.release(upstreams)));
});

test("what is drained is not closed again, and what still drains is", async () => {
  const { engine, seen } = countedEngine();
  const connections = new SharedConnections(8, [engine]);
  await connections.release(connections.hold([address]));
  await connections.closeAll();
  assert.deepEqual(seen, ["open", "drain"]);
  const draining = connections.release(connections.hold([address]));
  await connections.closeAll();
  await draining;
  assert.deepEqual(seen, ["open", "drain", "open", "drain", "close"]);
});

/** At the edge: a model server that there is none of. */
function countedEngine(): { engine: Engine; seen: string[] } {
  const seen: string[] = [];
  const note = async (word: string): Promise<void> => void seen.push(word);
  const engine: Engine = {
    name: "sim",
    speaks: [],
    open() {
      seen.push("open");
      return {
        call: () => assert.fail("nobody calls"),
        probe: () => Promise.resolve(true),
        isSilent: () => Promise.resolve(false),
        drain: () => note("drain"),
        close: () => note("close"),
      };
    },
    evidence: () => ({
      evidenceClass: "E0",
      places: [],
      source: "none",
      callId: null,
      isElsewhere: false,
    }),
  };
  return { engine, seen };
}
