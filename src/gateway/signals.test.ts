// Host names, addresses and choices, at cells of real parts. How claims are joined is tested in src/law/policy/claims.test.ts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { type Ask, askChat, chatBody, errorOf } from "../../test/support/ask.ts";
import { keyHash, keyOf, startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";
import { signatureBy, testKey, tokenOf } from "../../test/support/test-tokens.ts";
import { tinyMmdb } from "../../test/support/tiny-mmdb.ts";
import { openGeoIp } from "./shared/geo-ip.ts";

const provider = testKey("a", "EdDSA");
const policy = `${testPolicy}
  demo-group:
    established: US
    subjects: [DE, US, AE]
    class: health
    signals: { may-select: [key-binding, jwt-claim, header] }
    keys:
      all: { sha256: ${keyHash("sk-demo-group")} }
      german: { sha256: ${keyHash("sk-demo-group-german")}, subjects: DE }
    identity:
      jwt:
        issuer: https://idp.test.example
        audience: llm
        keys: [${JSON.stringify(provider.jwk)}]
        claims: { place: country }
hostnames: { eu.test.example: DE, gulf.test.example: AE }
`;
const german = "203.0.113.7";
const american = "192.0.2.7";
const gulf = "198.51.100.7";
const antarctic = "198.18.0.7";
const russian = "2001:db8::7";
const countries = openGeoIp(
  tinyMmdb({
    "203.0.113.0/24": { country: { iso_code: "DE" } },
    "192.0.2.0/24": { country: "US" },
    "198.51.100.0/24": { country_code: "AE" },
    "198.18.0.0/15": { country: "AQ" },
    "2001:db8::/32": { country: "RU" },
    "10.0.0.0/8": { country: "FR" },
    "127.0.0.0/8": { country: "FR" },
  }),
);
const proxies = [
  { address: "127.0.0.0", prefixLength: 8, family: "ipv4" },
  { address: "10.1.0.0", prefixLength: 16, family: "ipv4" },
] as const;

function startGeoCell(t: TestContext, cell = "eu-frankfurt"): Promise<TestCell> {
  return startTestCell(t, { policy, cell, geoIp: countries, trustedProxies: proxies });
}

function from(address: string, ask: Ask = {}): Ask {
  return { ...ask, headers: { ...ask.headers, "x-forwarded-for": address } };
}

/** Of the last decision, each with its basis. */
function placesAt({ entries }: TestCell): readonly string[] {
  const decision = entries.findLast((entry) => entry.t === "decision");
  return decision?.places.map(({ place, basis }) => `${place} ${basis}`) ?? [];
}

const chains: readonly { title: string; headers: Record<string, string>; places: readonly string[] }[] = [
  { title: "no forwarding header", headers: {}, places: [] },
  { title: "one address", headers: { "x-forwarded-for": american }, places: ["US"] },
  { title: "an address with its port", headers: { "x-forwarded-for": `${american}:4711` }, places: ["US"] },
  {
    title: "IPv4 mapped into IPv6, in hex",
    headers: { "x-forwarded-for": mappedInHex(american) },
    places: ["US"],
  },
  {
    title: "IPv4 mapped into IPv6, without any zeros left out",
    headers: { forwarded: `for="[0:0:0:0:0:ffff:${american}]"` },
    places: ["US"],
  },
  { title: "IPv4 mapped into IPv6", headers: { "x-forwarded-for": `::FFFF:${american}` }, places: ["US"] },
  { title: "IPv6", headers: { "x-forwarded-for": russian }, places: ["RU"] },
  { title: "IPv6 in brackets", headers: { "x-forwarded-for": `[${russian}]:4711` }, places: ["RU"] },
  {
    title: "what the caller wrote itself before its own",
    headers: { "x-forwarded-for": `${german}, ${american}` },
    places: ["US"],
  },
  {
    title: "trusted proxies behind the caller",
    headers: { "x-forwarded-for": `${german}, ${american}, 10.1.2.3,127.0.0.9` },
    places: ["US"],
  },
  {
    title: "an untrusted proxy behind the caller",
    headers: { "x-forwarded-for": `${american}, 10.2.0.1` },
    places: [],
  },
  { title: "only trusted proxies", headers: { "x-forwarded-for": "10.1.2.3" }, places: [] },
  {
    title: "an address at the end that is none",
    headers: { "x-forwarded-for": `${american}, unknown` },
    places: [],
  },
  { title: "an empty last element", headers: { "x-forwarded-for": `${american},` }, places: [] },
  {
    title: "leading zeros, which some read as octal",
    headers: { "x-forwarded-for": "0300.0.2.7" },
    places: [],
  },
  { title: "an address with a zone", headers: { "x-forwarded-for": `${russian}%eth0` }, places: [] },
  { title: "a private address", headers: { "x-forwarded-for": "10.9.9.9" }, places: [] },
  { title: "an address that no network holds", headers: { "x-forwarded-for": "8.8.8.8" }, places: [] },
  { title: "Forwarded", headers: { forwarded: `for=${american};proto=https` }, places: ["US"] },
  {
    title: "Forwarded with IPv6",
    headers: { forwarded: `proto=https;For="[${russian}]:4711"` },
    places: ["RU"],
  },
  {
    title: "a chain of Forwarded",
    headers: { forwarded: `for=${german}, for=${gulf};by=10.1.2.3, for=10.1.2.3` },
    places: ["AE"],
  },
  { title: "Forwarded that hides the caller", headers: { forwarded: "for=_hidden" }, places: [] },
  { title: "Forwarded without `for`", headers: { forwarded: `by=${american}` }, places: [] },
  {
    title: "two headers that differ",
    headers: { "x-forwarded-for": american, forwarded: `for=${gulf}` },
    places: ["US", "AE"],
  },
  {
    title: "a network's country header",
    headers: { "cf-ipcountry": "US", "x-vercel-ip-country": "US" },
    places: [],
  },
];

test("a trusted proxy's word on the caller's address is taken", async (t) => {
  const cell = await startGeoCell(t);
  for (const { title, headers, places } of chains) {
    await t.test(`${title}: ${places.join(", ") || "nothing"}`, async () => {
      await askChat(cell, { headers });
      assert.deepEqual(placesAt(cell), ["DE tenant-contract", ...places.map((place) => `${place} geo-ip`)]);
    });
  }
});

test("nobody else's word on the caller's address is taken", async (t) => {
  const cell = await startTestCell(t, { policy, geoIp: countries });
  const headers = { "x-forwarded-for": gulf, forwarded: `for=${gulf}` };
  assert.equal((await askChat(cell, { tenant: "demo-clinic", headers })).status, 200);
  assert.deepEqual(placesAt(cell), ["DE tenant-contract"]);
});

const narrowings: readonly { title: string; cell: string; ask: Ask; address: string; status: number }[] = [
  {
    title: "under two laws that no place satisfies",
    cell: "eu-frankfurt",
    ask: { tenant: "demo-clinic" },
    address: gulf,
    status: 451,
  },
  {
    title: "to another cell",
    cell: "us-virginia",
    ask: { tenant: "demo-shop" },
    address: german,
    status: 421,
  },
  {
    title: "to a law that no pack states",
    cell: "eu-frankfurt",
    ask: {},
    address: antarctic,
    status: 403,
  },
];

for (const { title, cell: name, ask, address, status } of narrowings) {
  test(`an address can lead ${title}: 200 becomes ${status}`, async (t) => {
    const cell = await startGeoCell(t, name);
    assert.equal((await askChat(cell, ask)).status, 200);
    const narrowed = await askChat(cell, from(address, ask));
    assert.equal(narrowed.status, status, narrowed.text);
  });
}

test("an address never makes known where a subject is", async (t) => {
  const cell = await startGeoCell(t);
  const answer = await askChat(cell, from(german, { tenant: "nowhere" }));
  assert.equal(answer.status, 403);
  assert.deepEqual(placesAt(cell), []);
});

test("whatever else is claimed, an address permits no endpoint that would not be permitted without it", async (t) => {
  const [blind, seeing] = [await startTestCell(t, { policy }), await startGeoCell(t)];
  const anyAsk: fc.Arbitrary<Ask> = fc
    .record({
      tenant: fc.constantFrom(
        "demo-bank",
        "demo-clinic",
        "demo-shop",
        "demo-dubai",
        "nowhere",
        "nomad",
        "demo-group",
      ),
      jurisdiction: fc.constantFrom("", "DE", "US", "AE", "RU", "AQ"),
      dataClass: fc.constantFrom("", "health", "financial"),
    })
    .map(({ tenant, jurisdiction, dataClass }) => ({
      tenant,
      headers: {
        ...(jurisdiction && { "bailiwick-jurisdiction": jurisdiction }),
        ...(dataClass && { "bailiwick-class": dataClass }),
      },
    }));
  const anyAddress = fc.constantFrom(german, american, gulf, russian, "8.8.8.8");
  await fc.assert(
    fc.asyncProperty(anyAsk, anyAddress, async (ask, address) => {
      const without = await permitted(blind, ask);
      const withAddress = await permitted(seeing, from(address, ask));
      assert.ok(withAddress.every((endpoint) => without.includes(endpoint)));
    }),
    { numRuns: 100 },
  );
});

async function permitted(cell: TestCell, ask: Ask): Promise<readonly string[]> {
  const { status } = await askChat(cell, ask);
  const decision = cell.entries.findLast((entry) => entry.t === "decision");
  return status === 200 ? (decision?.allowed.map(({ endpoint }) => endpoint) ?? []) : [];
}

const names: readonly { host: string; places: readonly string[] }[] = [
  { host: "eu.test.example", places: ["DE hostname"] },
  { host: "EU.Test.Example.:8443", places: ["DE hostname"] },
  { host: "gulf.test.example", places: ["AE hostname"] },
  { host: "test.example", places: [] },
  { host: "eu.test.example.evil.example", places: [] },
  { host: "constructor", places: [] },
  { host: "[::1]:80", places: [] },
];

test("a host name of the policy says where the subject is, and any other says nothing", async (t) => {
  const cell = await startTestCell(t, { policy });
  for (const { host, places } of names) {
    await statusAt(cell, host);
    assert.deepEqual(placesAt(cell), ["DE tenant-contract", ...places], host);
  }
});

test("a forged host name only narrows", async (t) => {
  const cell = await startTestCell(t, { policy });
  assert.equal(await statusAt(cell, "gulf.test.example", "demo-clinic"), 451);
  assert.equal(await statusAt(cell, "eu.test.example", "demo-dubai"), 451);
});

test("a host name answers for a tenant that leaves the place to each request", async (t) => {
  const cell = await startTestCell(t, { policy });
  assert.equal(await statusAt(cell, "eu.test.example", "nowhere"), 200);
  assert.equal(await statusAt(cell, "other.example", "nowhere"), 403);
});

/** With a `host` of its own, which `fetch` does not send. */
async function statusAt({ gateway }: TestCell, host: string, tenant = "demo-bank"): Promise<number> {
  const asking = request(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { host, authorization: `Bearer ${keyOf(tenant)}`, "content-type": "application/json" },
  });
  asking.end(chatBody());
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  await answer.resume().toArray();
  return answer.statusCode ?? 0;
}

function tokenFor(country: string, more: object = {}): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const payload = {
    iss: "https://idp.test.example",
    aud: "llm",
    nbf: nowSeconds,
    exp: nowSeconds + 60,
    country,
    ...more,
  };
  return tokenOf({ header: { alg: "EdDSA", kid: "a" }, payload, sign: signatureBy(provider) });
}

const bearing = (credential: string): Ask => ({ headers: { authorization: `Bearer ${credential}` } });

test("a tenant of several countries is under the law of each request's own subject", async (t) => {
  const cell = await startTestCell(t, { policy });
  const all = await askChat(cell, bearing("sk-demo-group"));
  assert.equal(all.status, 451, "no place satisfies all of the tenant's laws at once");
  const byToken = await askChat(cell, bearing(tokenFor("DE")));
  assert.deepEqual([byToken.status, byToken.headers.get("bailiwick-region")], [200, "DE"]);
  assert.deepEqual(placesAt(cell), ["DE jwt-claim"]);
  const elsewhere = await askChat(cell, bearing(tokenFor("AE")));
  assert.deepEqual([elsewhere.status, errorOf(elsewhere).param], [421, "https://ae.test.example"]);
  const byKey = await askChat(cell, bearing("sk-demo-group-german"));
  assert.equal(byKey.status, 200);
  assert.deepEqual(placesAt(cell), ["DE key-binding"]);
});

test("a choice outside of the tenant's places is added to them", async (t) => {
  const cell = await startTestCell(t, { policy });
  assert.equal((await askChat(cell, bearing(tokenFor("FR")))).status, 451);
  assert.deepEqual(placesAt(cell), [
    "DE tenant-contract",
    "US tenant-contract",
    "AE tenant-contract",
    "FR jwt-claim",
  ]);
});

test("neither address nor token nor anything of either is in the ledger, the logs or the metrics", async (t) => {
  const cell = await startGeoCell(t);
  const canaries = ["203.0.113.77", "amelia.earhart", "canary-jti", "canary-agent", "idp.test.example"];
  const bearer = tokenFor("DE", {
    sub: "amelia.earhart",
    email: "amelia.earhart@example.org",
    jti: "canary-jti",
  });
  const headers = { "x-forwarded-for": "203.0.113.77", "user-agent": "canary-agent" };
  const asks = [
    { headers: { ...headers, authorization: `Bearer ${bearer}` } },
    { headers: { ...headers, authorization: `Bearer ${bearer}x` } },
    { headers: { ...headers, authorization: `Bearer ${tokenFor("Germany", { sub: "amelia.earhart" })}` } },
    { headers: { ...headers, forwarded: 'for="203.0.113.77' } },
    { tenant: "nowhere", headers },
  ];
  const statuses = [];
  for (const ask of asks) {
    const answer = await askChat(cell, ask);
    statuses.push(answer.status);
    for (const canary of canaries) assert.ok(!answer.text.includes(canary), answer.text);
  }
  assert.deepEqual(statuses, [200, 401, 400, 200, 403]);
  assert.deepEqual(placesAt({ ...cell, entries: cell.entries.slice(0, 1) }), ["DE jwt-claim", "DE geo-ip"]);
  const kept = [JSON.stringify(cell.entries), ...cell.logLines, cell.metrics()].join("\n");
  for (const canary of [...canaries, bearer, ...bearer.split(".")]) assert.ok(!kept.includes(canary), canary);
});

function mappedInHex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
