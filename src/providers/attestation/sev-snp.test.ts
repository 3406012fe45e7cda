import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { goModuleDirectory, sevSnpVectors } from "../../../test/support/go-tool.ts";
import { documentOf, type ReportFields, reportDataFor, tinyAmd } from "../../../test/support/tiny-amd.ts";
import { tinyAuthority } from "../../../test/support/tiny-certificates.ts";
import type { InstantMs, Result } from "../../base/index.ts";
import type { AttestationTerms } from "../../law/index.ts";
import type { AttestationFault } from "./attestation-fault.ts";
import { amdRoots, readGenuineReport, verifySevSnp } from "./sev-snp.ts";
import { reportBytes } from "./snp-report.ts";

const amd = tinyAmd();
const otherAmd = tinyAmd();
const nowMs = Date.UTC(2026, 0, 1) as InstantMs;
const tls = tinyAuthority("engine").certificate;
const nonce = randomBytes(32);
const challenge = { publicKeyHash: reportDataFor(tls, nonce).subarray(0, 32), nonce };
const asked = { reportData: reportDataFor(tls, nonce) };

test("a machine that is the expected one, and was asked just now for this connection's key, is believed", () => {
  const verified = verify(amd.document(asked));
  assert.ok(verified.ok);
  assert.deepEqual(verified.value.reportedTcb, amd.terms.minimumTcb);
});

for (const product of ["genoa", "turin"] as const) {
  test(`a report of a ${product} is read by where that has its firmware's versions and its chip's name`, () => {
    const other = tinyAmd({ product });
    const verified = verifySevSnp(other.document(asked), other.terms, { challenge, nowMs });
    assert.ok(verified.ok, JSON.stringify(verified));
    assert.deepEqual(verified.value.reportedTcb, other.terms.minimumTcb);
  });
}

test("a key of the cloud's vouches for a report that says so, whatever its chip", () => {
  const cloud = tinyAmd({ kind: "vlek" });
  const judge = (fields: ReportFields) =>
    faultOf(verifySevSnp(cloud.document({ ...asked, ...fields }), cloud.terms, { challenge, nowMs }));
  assert.equal(judge({ chipId: Buffer.alloc(64) }), null);
  assert.equal(judge({ signedBy: "vcek" }), "endorsement");
  assert.equal(faultOf(verify(amd.document({ ...asked, signedBy: "vlek" }))), "endorsement");
});

for (const version of [2, 3, 4, 5]) {
  test(`a report of version ${version} is read`, () => {
    assert.equal(faultOf(verify(amd.document({ ...asked, version }))), null);
  });
}

const refused: readonly { readonly title: string; readonly fields: ReportFields; readonly fault: string }[] =
  [
    { title: "of a version that is not known", fields: { version: 6 }, fault: "unreadable" },
    {
      title: "of another question",
      fields: { reportData: reportDataFor(tls, randomBytes(32)) },
      fault: "stale",
    },
    {
      title: "that was made for another machine's certificate",
      fields: { reportData: reportDataFor(tinyAuthority("other").certificate, nonce) },
      fault: "relayed",
    },
    { title: "made for nobody", fields: { reportData: Buffer.alloc(64) }, fault: "relayed" },
    { title: "of a machine that may be debugged", fields: { debugging: true }, fault: "guest" },
    { title: "of a machine that may be moved", fields: { migration: true }, fault: "guest" },
    { title: "that a lesser part of the machine asked for", fields: { vmpl: 1 }, fault: "guest" },
    { title: "that the host asked for", fields: { vmpl: 0xffff_ffff }, fault: "guest" },
    { title: "of other code", fields: { measurement: "ac".repeat(48) }, fault: "measurement" },
    { title: "of another chip than its key", fields: { chipId: Buffer.alloc(64, 1) }, fault: "endorsement" },
    { title: "that hides its chip", fields: { chipId: Buffer.alloc(64) }, fault: "endorsement" },
    {
      title: "of other firmware than its key",
      fields: { reportedTcb: "04010000000016d4" },
      fault: "endorsement",
    },
    {
      title: "of a machine launched under old firmware",
      fields: { launchTcb: "04010000000015d5" },
      fault: "tcb",
    },
    {
      title: "of a machine whose firmware can be put back",
      fields: { committedTcb: "03010000000016d5" },
      fault: "tcb",
    },
  ];

for (const { title, fields, fault } of refused) {
  test(`a report ${title} is not believed`, () => {
    assert.equal(faultOf(verify(amd.document({ ...asked, ...fields }))), fault);
  });
}

test("firmware is old where one part of it is, however new the others are", () => {
  for (const part of ["bootLoader", "tee", "snp", "microcode"] as const) {
    const minimumTcb = { ...amd.terms.minimumTcb, [part]: amd.terms.minimumTcb[part] + 1 };
    assert.equal(faultOf(verify(amd.document(asked), { ...amd.terms, minimumTcb })), "tcb", part);
  }
});

test("no bit of a report can be another one, and no byte of it be missing or added", () => {
  const report = amd.report(asked);
  for (let at = 0; at < reportBytes; at++) {
    const bent = Buffer.from(report);
    bent.writeUInt8((bent[at] ?? 0) ^ (1 << (at % 8)), at);
    assert.notEqual(faultOf(verify(documentOf(bent, amd.certificates))), null, `byte ${at}`);
  }
  for (let length = 0; length < reportBytes; length++)
    assert.equal(faultOf(verify(documentOf(report.subarray(0, length), amd.certificates))), "unreadable");
  const longer = Buffer.concat([report, Buffer.alloc(1)]);
  assert.equal(faultOf(verify(documentOf(longer, amd.certificates))), "unreadable");
});

test("no part of a document that ends early, or has another byte in its certificates, throws or is believed", () => {
  const document = amd.document(asked);
  for (let length = 0; length < document.length; length += 7)
    assert.equal(faultOf(verify(document.subarray(0, length))), "unreadable");
  const report = amd.report(asked);
  for (const [place, certificate] of amd.certificates.entries()) {
    const der = Buffer.from(certificate.replaceAll(/-----[^-]+-----|\n/g, ""), "base64");
    for (let at = 0; at < der.length; at++) {
      const bent = Buffer.from(der);
      bent.writeUInt8((bent[at] ?? 0) ^ (1 << (at % 8)), at);
      const fault = faultOf(verify(documentOf(report, amd.certificates.with(place, pemOf(bent)))));
      // Of the root nothing but its key, its names and its dates is looked at: it is pinned.
      if (place < 2) assert.notEqual(fault, null, `byte ${at} of certificate ${place}`);
    }
  }
});

for (const { title, certificates, fault } of [
  { title: "none", certificates: [], fault: "unreadable" },
  { title: "without the root", certificates: amd.certificates.slice(0, 2), fault: "unreadable" },
  { title: "with one more", certificates: [...amd.certificates, tls], fault: "unreadable" },
  { title: "in another order", certificates: amd.certificates.toReversed(), fault: "chain" },
  { title: "of another authority with the same names", certificates: otherAmd.certificates, fault: "chain" },
  {
    title: "with the right root over another's key",
    certificates: [...otherAmd.certificates.slice(0, 2), amd.certificates[2]],
    fault: "chain",
  },
  {
    title: "with the right intermediate over another's key",
    certificates: [otherAmd.certificates[0], ...amd.certificates.slice(1)],
    fault: "chain",
  },
  {
    title: "in which the root vouches for itself",
    certificates: [amd.certificates[2], amd.certificates[2], amd.certificates[2]],
    fault: "chain",
  },
]) {
  test(`a report whose certificates are ${title} is not believed`, () => {
    assert.equal(faultOf(verify(documentOf(amd.report(asked), certificates))), fault);
  });
}

test("a certificate that the root has signed, and that may vouch for nobody, vouches for no chip", () => {
  const odd = tinyAmd({ isIntermediateAuthority: false });
  assert.equal(faultOf(verifySevSnp(odd.document(asked), odd.terms, { challenge, nowMs })), "chain");
});

test("a report that another chip of the same authority's name has signed is not believed", () => {
  assert.equal(faultOf(verify(documentOf(otherAmd.report(asked), amd.certificates))), "signature");
});

test("a certificate that has ended, or does not hold yet, vouches for nothing", () => {
  const ended = tinyAmd({ until: "251231235959Z" });
  const judge = (now: number) =>
    faultOf(verifySevSnp(ended.document(asked), ended.terms, { challenge, nowMs: now }));
  assert.equal(judge(Date.UTC(2025, 5, 1)), null);
  assert.equal(judge(Date.UTC(2026, 0, 1)), "chain");
  assert.equal(judge(Date.UTC(2019, 0, 1)), "chain");
});

test("without a root in the policy, AMD's is pinned, and nobody else's is taken for it", () => {
  assert.equal(faultOf(verify(amd.document(asked), { ...amd.terms, root: null })), "chain");
});

const vectors = goModuleDirectory(sevSnpVectors);
const wanted = vectors === null && `no Go, or no module ${sevSnpVectors}: npm run install:test-tools`;
const read = (path: string): Buffer => readFileSync(join(vectors ?? "", "verify", path));

test(
  "a report that a processor of AMD's has signed is genuine, and refused for nothing but that its machine may be debugged",
  { skip: wanted },
  () => {
    const certificates = [pemOf(read("testdata/vcek.testcer")), read("trust/ask_ark_milan.pem").toString()];
    const report = read("testdata/attestation.bin");
    const pinned = { product: "milan", root: null, nowMs } as const;
    const judged = readGenuineReport(documentOf(report, certificates), pinned);
    assert.ok(!judged.ok);
    assert.deepEqual(judged.error, { name: "guest", reason: "the machine may be debugged by its owner" });
    // Whatever is checked before that is held to it, too.
    for (const at of [0x08, 0x50, 0x90, 0x180, 0x1a0]) {
      const bent = Buffer.from(report);
      bent.writeUInt8((bent[at] ?? 0) ^ 1, at);
      assert.equal(faultOf(readGenuineReport(documentOf(bent, certificates), pinned)), "signature");
    }
    const late = { ...pinned, nowMs: Date.UTC(2029, 9, 1) as InstantMs };
    assert.equal(faultOf(readGenuineReport(documentOf(report, certificates), late)), "chain");
    for (const product of ["genoa", "turin"] as const) {
      const other = [certificates[0] ?? "", read(productChains[product]).toString()];
      assert.equal(faultOf(readGenuineReport(documentOf(report, other), { ...pinned, product })), "chain");
      assert.equal(
        faultOf(readGenuineReport(documentOf(report, certificates), { ...pinned, product })),
        "chain",
      );
    }
  },
);

const productChains = {
  milan: "trust/ask_ark_milan.pem",
  genoa: "trust/ask_ark_genoa.pem",
  turin: "trust/ask_ark_turin_vcek.pem",
} as const;

for (const product of ["milan", "genoa", "turin"] as const) {
  test(`the pinned root of a ${product} is the one that AMD publishes`, { skip: wanted }, () => {
    const root = read(productChains[product])
      .toString()
      .slice(-2_400)
      .replace(/^[^]*?(?=-----BEGIN)/, "");
    assert.equal(reportDataFor(root, Buffer.alloc(0)).toString("hex"), amdRoots[product]);
  });
}

function verify(document: Uint8Array, terms: AttestationTerms = amd.terms) {
  return verifySevSnp(document, terms, { challenge, nowMs });
}

function faultOf(judged: Result<unknown, AttestationFault>): string | null {
  return judged.ok ? null : judged.error.name;
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
}
