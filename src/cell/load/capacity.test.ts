import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { capacityOf, processLimits } from "./capacity.ts";

const nothing = { maxConnections: null, maxUpstreamConnections: null, maxBytesInFlight: null };
const gibibyte = 1 << 30;

test("callers and engines have equal parts of what is not kept back", () => {
  const limits = { descriptors: 4_096, memoryBytes: 8 * gibibyte, hasOwnEngines: false, ownThreads: 0 };
  assert.deepEqual(capacityOf(nothing, limits), {
    descriptors: 4_096,
    connections: 1_792,
    upstreamConnections: 1_792,
    bytesInFlight: gibibyte,
  });
});

test("whatever the cell file asks for, what is kept back stays free", () => {
  const asked = fc.option(fc.integer({ min: 4, max: 1_000_000 }), { nil: null });
  fc.assert(
    fc.property(
      asked,
      asked,
      fc.integer({ min: 16, max: 2_000_000 }),
      fc.record({ hasOwnEngines: fc.boolean(), ownThreads: fc.integer({ min: 0, max: 64 }) }),
      (maxConnections, maxUpstreamConnections, descriptors, { hasOwnEngines, ownThreads }) => {
        const capacity = capacityOf(
          { maxConnections, maxUpstreamConnections, maxBytesInFlight: null },
          { descriptors, memoryBytes: gibibyte, hasOwnEngines, ownThreads },
        );
        const { connections, upstreamConnections } = capacity;
        const used = connections + upstreamConnections * (hasOwnEngines ? 2 : 1);
        assert.ok(connections >= 1 && upstreamConnections >= 1);
        const kept = Math.min(112 + 8 * ownThreads, Math.floor(descriptors / 2));
        assert.ok(used <= descriptors - kept, JSON.stringify(capacity));
      },
    ),
  );
});

test("less is taken where the cell file asks for less", () => {
  const asked = { maxConnections: 10, maxUpstreamConnections: 20, maxBytesInFlight: 30 };
  const limits = { descriptors: 4_096, memoryBytes: gibibyte, hasOwnEngines: true, ownThreads: 0 };
  assert.deepEqual(capacityOf(asked, limits), {
    descriptors: 4_096,
    connections: 10,
    upstreamConnections: 20,
    bytesInFlight: 30,
  });
});

test("cells of one process share its limits", () => {
  const [one, three] = [processLimits(1), processLimits(3)];
  assert.equal(three.descriptors, Math.floor(one.descriptors / 3));
  assert.equal(three.memoryBytes, Math.floor(one.memoryBytes / 3));
});
