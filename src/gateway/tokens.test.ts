// Tokens of a tenant's identity provider, at a cell of real parts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askChat, type Answered, errorOf } from "../../test/support/ask.ts";
import { startTestCell, type TestCell, testPolicy } from "../../test/support/test-cell.ts";
import { hmacWith, signatureBy, testKey, type TokenParts, tokenOf } from "../../test/support/test-tokens.ts";
import { monotonicNow } from "../clock/index.ts";
import type { Tenant } from "../config/index.ts";
import { KeySets } from "./in-force/key-sets.ts";
import { openTokenVerifier, TokenRefusedError } from "./in-force/token-verifier.ts";

const issuer = "https://idp.test.example/";
const audience = "https://llm.test.example";
const [ed, ec, rsa, pss] = (["EdDSA", "ES256", "RS256", "PS256"] as const).map((alg) => testKey(alg, alg));
assert.ok(ed && ec && rsa && pss);
const stranger = testKey("EdDSA", "EdDSA");
const single = testKey("only", "EdDSA");
const nowMs = 1_800_000_000_000;
const nowSeconds = nowMs / 1000;
const placeClaim = "https://test.example/country";
const secretive = "amelia.earhart@example.org";

const policy = `${testPolicy}
  demo-app:
    established: DE
    subjects: [DE, US]
    class: personal
    signals: { may-select: [jwt-claim] }
    identity:
      jwt:
        issuer: ${issuer}
        audience: ${audience}
        keys: ${JSON.stringify([ed, ec, rsa, pss].map(({ jwk }) => jwk))}
        claims: { place: ${placeClaim}, citizenship: nationality, class: data_class }
  demo-single:
    established: DE
    subjects: DE
    class: personal
    identity: { jwt: { issuer: https://single.example, audience: ${audience}, keys: [${JSON.stringify(single.jwk)}] } }
`;

const claims = {
  iss: issuer,
  aud: audience,
  sub: secretive,
  iat: nowSeconds,
  nbf: nowSeconds - 10,
  exp: nowSeconds + 300,
};

function token(parts: Partial<TokenParts> & { readonly claims?: object } = {}): string {
  return tokenOf({
    header: { alg: "EdDSA", kid: "EdDSA", typ: "JWT" },
    payload: { ...claims, ...parts.claims },
    sign: signatureBy(ed as NonNullable<typeof ed>),
    ...parts,
  });
}

function startCell(t: Parameters<typeof startTestCell>[0]): Promise<TestCell> {
  return startTestCell(t, { policy, now: () => nowMs });
}

function askWith(
  cell: TestCell,
  bearer: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  return askChat(cell, { headers: { authorization: `Bearer ${bearer}`, ...headers } });
}

for (const key of [ed, ec, rsa, pss]) {
  test(`a token signed with ${key.algorithm} speaks for its issuer's tenant`, async (t) => {
    const cell = await startCell(t);
    const header = { alg: key.algorithm, kid: key.kid };
    const answer = await askWith(
      cell,
      token({ header, sign: signatureBy(key), claims: { [placeClaim]: "DE" } }),
    );
    assert.equal(answer.status, 200, answer.text);
    const [decision] = cell.entries;
    assert.ok(decision?.t === "decision");
    assert.deepEqual(decision.places, [{ place: "DE", basis: "jwt-claim" }]);
  });
}

test("a token of a provider with one key need not name it", async (t) => {
  const cell = await startCell(t);
  const bearer = token({
    header: { alg: "EdDSA" },
    claims: { iss: "https://single.example" },
    sign: signatureBy(single),
  });
  assert.equal((await askWith(cell, bearer)).status, 200);
});

test("clocks may be a minute apart, and `nbf` and `iat` may be missing", async (t) => {
  const cell = await startCell(t);
  for (const skewed of [
    { nbf: undefined },
    { nbf: undefined, iat: undefined },
    { iat: nowSeconds - 86_459 },
    { iat: nowSeconds + 59 },
    { nbf: nowSeconds + 59 },
    { exp: nowSeconds - 59 },
    { aud: ["other", audience] },
  ]) {
    const answer = await askWith(cell, token({ claims: { ...skewed, [placeClaim]: "DE" } }));
    assert.equal(answer.status, 200, answer.text);
  }
});

const jwk = { kty: "OKP", crv: "Ed25519", x: ed.jwk["x"] };
const text = JSON.stringify(claims);

const refused: readonly { readonly title: string; readonly bearer: string; readonly reason: RegExp }[] = [
  {
    title: "no signature and `alg: none`",
    bearer: token({ header: { alg: "none" }, sign: () => Buffer.alloc(0) }),
    reason: /three parts/,
  },
  {
    title: "`alg: none` beside a signature",
    bearer: token({ header: { alg: "none", kid: "EdDSA" } }),
    reason: /`alg`/,
  },
  { title: "`alg: None`", bearer: token({ header: { alg: "None", kid: "EdDSA" } }), reason: /`alg`/ },
  { title: "no `alg`", bearer: token({ header: { kid: "EdDSA" } }), reason: /`alg`/ },
  {
    title: "an `alg` that is a list",
    bearer: token({ header: { alg: ["EdDSA"], kid: "EdDSA" } }),
    reason: /`alg`/,
  },
  {
    title: "HS256 under the public key",
    bearer: token({ header: { alg: "HS256", kid: "EdDSA" }, sign: hmacWith(String(ed.jwk["x"])) }),
    reason: /`alg`/,
  },
  {
    title: "HS256 under the public RSA key",
    bearer: token({ header: { alg: "HS256", kid: "RS256" }, sign: hmacWith(String(rsa.jwk["n"])) }),
    reason: /`alg`/,
  },
  {
    title: "PS256 by a key for RS256",
    bearer: token({
      header: { alg: "PS256", kid: "RS256" },
      sign: signatureBy({ ...rsa, algorithm: "PS256" }),
    }),
    reason: /`alg`/,
  },
  {
    title: "RS256 in name, PSS in fact",
    bearer: token({
      header: { alg: "RS256", kid: "RS256" },
      sign: signatureBy({ ...rsa, algorithm: "PS256" }),
    }),
    reason: /signature/,
  },
  {
    title: "ES256 by a key for EdDSA",
    bearer: token({ header: { alg: "ES256", kid: "EdDSA" }, sign: signatureBy(ec) }),
    reason: /`alg`/,
  },
  {
    title: "another key of the same name",
    bearer: token({ sign: signatureBy(stranger) }),
    reason: /signature/,
  },
  { title: "the key of another issuer", bearer: token({ sign: signatureBy(single) }), reason: /signature/ },
  {
    title: "another pinned key than it names",
    bearer: token({ header: { alg: "ES256", kid: "ES256" } }),
    reason: /signature/,
  },
  {
    title: "no `kid` where there are several keys",
    bearer: token({ header: { alg: "EdDSA" } }),
    reason: /names no key/,
  },
  {
    title: "an unknown `kid`",
    bearer: token({ header: { alg: "EdDSA", kid: "old" } }),
    reason: /not pinned/,
  },
  {
    title: "a `kid` that is a path",
    bearer: token({ header: { alg: "EdDSA", kid: "../../dev/null" } }),
    reason: /not pinned/,
  },
  {
    title: "a `kid` that is a number",
    bearer: token({ header: { alg: "EdDSA", kid: 1 } }),
    reason: /not pinned/,
  },
  {
    title: "a key of its own (`jwk`)",
    bearer: token({ header: { alg: "EdDSA", kid: "EdDSA", jwk } }),
    reason: /header may hold/,
  },
  {
    title: "an address of keys (`jku`)",
    bearer: token({ header: { alg: "EdDSA", kid: "EdDSA", jku: "https://evil.example" } }),
    reason: /header may hold/,
  },
  {
    title: "a certificate (`x5c`)",
    bearer: token({ header: { alg: "EdDSA", kid: "EdDSA", x5c: ["MII"] } }),
    reason: /header may hold/,
  },
  {
    title: "a critical extension",
    bearer: token({ header: { alg: "EdDSA", kid: "EdDSA", crit: ["b64"], b64: false } }),
    reason: /header may hold/,
  },
  {
    title: "an empty `crit`",
    bearer: token({ header: { alg: "EdDSA", kid: "EdDSA", crit: [] } }),
    reason: /header may hold/,
  },
  {
    title: "a type for another purpose",
    bearer: token({ header: { alg: "EdDSA", kid: "EdDSA", typ: "logout+jwt" } }),
    reason: /`typ`/,
  },
  {
    title: "a repeated header member",
    bearer: token({ header: '{"alg":"EdDSA","kid":"EdDSA","alg":"EdDSA"}' }),
    reason: /twice/,
  },
  {
    title: "a repeated claim",
    bearer: token({ payload: text.replace("{", `{"${placeClaim}":"US","${placeClaim}":"DE",`) }),
    reason: /twice/,
  },
  {
    title: "an `exp` without end",
    bearer: token({ payload: text.replace(/"exp":\d+/, '"exp":1e999') }),
    reason: /`exp`/,
  },
  {
    title: "an `exp` of a minute and a second ago",
    bearer: token({ claims: { exp: nowSeconds - 61 } }),
    reason: /expired/,
  },
  {
    title: "an `iat` in a minute and a second",
    bearer: token({ claims: { iat: nowSeconds + 61 } }),
    reason: /`iat`/,
  },
  {
    title: "an `iat` of the day before",
    bearer: token({ claims: { iat: nowSeconds - 86_461, exp: nowSeconds + 10_000_000 } }),
    reason: /`iat`/,
  },
  { title: "an `iat` that is no number", bearer: token({ claims: { iat: "today" } }), reason: /`iat`/ },
  {
    title: "an `nbf` in a minute and a second",
    bearer: token({ claims: { nbf: nowSeconds + 61 } }),
    reason: /`nbf`/,
  },
  { title: "no `aud`", bearer: token({ claims: { aud: undefined } }), reason: /`aud`/ },
  { title: "another `aud`", bearer: token({ claims: { aud: "https://other.example" } }), reason: /`aud`/ },
  {
    title: "an `aud` that ours is a part of",
    bearer: token({ claims: { aud: `${audience}.evil.example` } }),
    reason: /`aud`/,
  },
  { title: "no `iss`", bearer: token({ claims: { iss: undefined } }), reason: /issuer/ },
  { title: "another `iss`", bearer: token({ claims: { iss: "https://evil.example/" } }), reason: /issuer/ },
  {
    title: "an `iss` without its last slash",
    bearer: token({ claims: { iss: issuer.slice(0, -1) } }),
    reason: /issuer/,
  },
  {
    title: "an `iss` that JavaScript knows",
    bearer: token({ claims: { iss: "__proto__" } }),
    reason: /issuer/,
  },
  {
    title: "more than 8192 characters",
    bearer: token({ claims: { padding: "x".repeat(6200) } }),
    reason: /longer than/,
  },
  { title: "padding", bearer: `${token()}==`, reason: /not known here|three parts/ },
  { title: "a fourth part", bearer: `${token()}.e30`, reason: /not known here/ },
  { title: "two parts", bearer: token().split(".").slice(0, 2).join("."), reason: /not known here/ },
];

test("every token that is not wholly in order is refused, and nothing is recorded or sent", async (t) => {
  const cell = await startCell(t);
  for (const { title, bearer, reason } of refused) {
    await t.test(title, async () => {
      const answer = await askWith(cell, bearer);
      assert.equal(answer.status, 401, answer.text);
      assert.equal(errorOf(answer).type, "caller_unauthenticated");
      assert.match(errorOf(answer).message, reason);
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
    });
  }
  assert.deepEqual(cell.entries, []);
  assert.equal(await cell.requestsAt("fra-1"), 0);
});

test("with any character changed, left out or cut off, a token is refused", async () => {
  const verifier = await openTokenVerifier([tenantOf()], noKeySets);
  const whole = token();
  await verifier.verify(whole, nowMs);
  for (let at = 0; at < whole.length; at++) {
    const other = whole[at] === "A" ? "B" : "A";
    for (const changed of [
      whole.slice(0, at) + other + whole.slice(at + 1),
      whole.slice(0, at),
      whole.slice(0, at) + whole.slice(at + 1),
    ]) {
      await assert.rejects(verifier.verify(changed, nowMs), TokenRefusedError, `at ${at}`);
    }
  }
});

test("the last character of a signature has one spelling", async () => {
  const verifier = await openTokenVerifier([tenantOf()], noKeySets);
  const whole = token();
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const verifying: string[] = [];
  for (const last of alphabet) {
    await verifier.verify(whole.slice(0, -1) + last, nowMs).then(
      () => verifying.push(last),
      (error: unknown) => assert.ok(error instanceof TokenRefusedError),
    );
  }
  assert.deepEqual(verifying, [whole.at(-1)]);
});

const unreadable: readonly { readonly title: string; readonly claim: Readonly<Record<string, unknown>> }[] = [
  { title: "a place by its name", claim: { [placeClaim]: "Germany" } },
  { title: "a place as institutions write it", claim: { [placeClaim]: "UK" } },
  { title: "no place in a list", claim: { [placeClaim]: [] } },
  { title: "one place among others that is none", claim: { [placeClaim]: ["DE", ""] } },
  { title: "a place that is an object", claim: { [placeClaim]: { country: "DE" } } },
  { title: "a place that is null", claim: { [placeClaim]: null } },
  { title: "too many places", claim: { [placeClaim]: Array.from({ length: 17 }, () => "DE") } },
  { title: "an identifier where a place is expected", claim: { nationality: secretive } },
  { title: "an unknown class", claim: { data_class: "secret" } },
  { title: "contradicting classes", claim: { data_class: ["non-personal", "health"] } },
];

test("a claim that is there and cannot be read refuses the request, and is not repeated", async (t) => {
  const cell = await startCell(t);
  for (const { title, claim } of unreadable) {
    await t.test(title, async () => {
      const answer = await askWith(cell, token({ claims: claim }));
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(
        [errorOf(answer).type, errorOf(answer).param],
        ["caller_invalid_signal", Object.keys(claim)[0]],
      );
      assert.ok(!answer.text.includes(secretive));
    });
  }
  assert.deepEqual(cell.entries, []);
});

test("citizenships and classes of a token add to the tenant's", async (t) => {
  const cell = await startCell(t);
  const russian = await askWith(cell, token({ claims: { [placeClaim]: "DE", nationality: "RU" } }));
  assert.equal(russian.status, 451, "a Russian citizen's data stays in Russia, wherever the citizen is");
  const patient = await askWith(cell, token({ claims: { [placeClaim]: "DE", data_class: "health" } }));
  assert.equal(patient.status, 200, patient.text);
  const [, decision] = cell.entries;
  assert.ok(decision?.t === "decision");
  assert.deepEqual(decision.classes, ["personal", "health"]);
});

test("two credentials are none", async (t) => {
  const cell = await startCell(t);
  assert.equal((await askWith(cell, token(), { "x-api-key": "sk-demo-bank" })).status, 401);
  assert.equal((await askChat(cell, { headers: { authorization: "", "x-api-key": token() } })).status, 401);
});

test("a cell does not start with a pinned key that is no point of its curve", async () => {
  const keys = [
    { kid: "off", algorithm: "ES256", jwk: { kty: "EC", crv: "P-256", x: ec.jwk["x"], y: ec.jwk["x"] } },
  ];
  const broken = { ...tenantOf(), tokens: { ...tenantOf().tokens, keys } } as unknown as Tenant;
  await assert.rejects(
    openTokenVerifier([broken], noKeySets),
    /key `off` of tenant `demo-app` is not a public key/,
  );
});

const noKeySets = new KeySets({ now: () => nowMs, monotonicNow, wanted: () => undefined });

/** As the policy's `demo-app`, with the one key that `token` signs with. */
function tenantOf(): Tenant {
  const keys = [{ kid: "EdDSA", algorithm: "EdDSA", jwk }];
  const tokens = {
    issuer,
    audience,
    keys,
    keySet: null,
    claims: { place: placeClaim, citizenship: null, class: null },
  };
  return { id: "demo-app", tokens } as unknown as Tenant;
}
