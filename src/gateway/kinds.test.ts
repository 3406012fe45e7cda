// What is remembered of a kind of request must never be taken for another's.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import * as fc from "fast-check";
import { chatBody } from "../../test/support/ask.ts";
import { keyHash, startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";
import { tinyMmdb } from "../../test/support/tiny-mmdb.ts";
import type { DecisionEntry } from "../ledger/index.ts";
import type { Facts } from "../law/index.ts";
import { RequestKinds } from "./in-force/request-kinds.ts";
import { openGeoIp } from "./shared/geo-ip.ts";

const policy = `${testPolicy}
  one:
    established: DE
    subjects: DE
    class: personal
    keys:
      all: { sha256: ${keyHash("sk-one")} }
      french: { sha256: ${keyHash("sk-one-french")}, subjects: FR }
      health: { sha256: ${keyHash("sk-one-health")}, class: health }
  other: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-other")} } } }
hostnames: { fr.test.example: FR, us.test.example: US }
`;
const geoIp = openGeoIp(
  tinyMmdb({
    "203.0.113.0/24": { country: { iso_code: "DE" } },
    "192.0.2.0/24": { country: { iso_code: "FR" } },
  }),
);
const trustedProxies = [{ address: "127.0.0.0", prefixLength: 8, family: "ipv4" }] as const;

/** All that says anything of a request's subject. */
const asked = fc.record({
  key: fc.constantFrom("sk-one", "sk-one-french", "sk-one-health", "sk-other"),
  model: fc.constantFrom("assistant", "solo"),
  jurisdiction: fc.constantFrom(null, "DE", "FR", "DE, US"),
  class: fc.constantFrom(null, "health", "personal"),
  host: fc.constantFrom(null, "fr.test.example", "us.test.example"),
  address: fc.constantFrom(null, "203.0.113.7", "192.0.2.7"),
});
const member = fc.constantFrom("key", "model", "jurisdiction", "class", "host", "address");
const plain = {
  key: "sk-one",
  model: "solo",
  jurisdiction: null,
  class: null,
  host: null,
  address: null,
} as const;
type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;

/** Of tenants' handles, in all cells. */
const owners = new Map<string, string>();
let permits = 0;

async function decisionOf(cell: TestCell, { key, model, host, address, ...said }: Asked): Promise<unknown> {
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${key}`,
    ...(said.jurisdiction !== null && { "bailiwick-jurisdiction": said.jurisdiction }),
    ...(said.class !== null && { "bailiwick-class": said.class }),
    ...(host !== null && { host }),
    ...(address !== null && { "x-forwarded-for": address }),
  };
  const asking = request(`${cell.gateway.url}/v1/chat/completions`, { method: "POST", headers });
  asking.end(chatBody({ model }));
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  await answer.resume().toArray();
  const decision = cell.entries.findLast((entry) => entry.t === "decision") as DecisionEntry;
  const { n: _n, ts: _ts, rid: _rid, req: _req, subject: _subject, tenant, ...common } = decision;
  // A handle is each cell's own; whose it is shows by who came with it first.
  const owner = owners.get(tenant) ?? key.slice(0, 6);
  owners.set(tenant, owner);
  permits += decision.verdict === "permit" ? 1 : 0;
  return { ...common, owner, isOwn: key.startsWith(owner) };
}

test("whatever was asked before, a request is decided as if it were the first", async (t) => {
  const start = (): Promise<TestCell> => startTestCell(t, { policy, geoIp, trustedProxies });
  const [forgetful, remembering] = [await start(), await start()];
  await fc.assert(
    fc.asyncProperty(asked, asked, member, async (first, other, changed) => {
      const requests = [first, { ...first, [changed]: other[changed] }, first];
      for (const each of requests) {
        // Another epoch has another memory.
        assert.equal(await forgetful.reload(policy), null);
        assert.deepEqual(await decisionOf(remembering, each), await decisionOf(forgetful, each));
      }
    }),
    { numRuns: 15, examples: [[plain, { ...plain, key: "sk-other" }, "key"]] },
  );
  assert.ok(permits > 20, `${permits} requests were permitted`);
});

test("a caller that says ever new things of its subjects fills no memory", () => {
  const kinds = new RequestKinds();
  const facts = {} as Facts;
  for (let said = 0; said < 5_000; said++) kinds.factsOf(String(said), () => facts);
  assert.ok(kinds.size <= 1_024, `${kinds.size} are remembered`);
  kinds.factsOf("x".repeat(10_000), () => facts);
  assert.ok(kinds.size <= 1_024);
  let made = 0;
  for (let time = 0; time < 2; time++) kinds.factsOf("y".repeat(10_000), () => (made++, facts));
  assert.equal(made, 2, "what is too long is not kept");
});

test("what cannot be read is refused each time", () => {
  const kinds = new RequestKinds();
  for (let time = 0; time < 2; time++) assert.throws(() => kinds.factsOf("XX", refuse), TypeError);
});

function refuse(): Facts {
  throw new TypeError("no place");
}
