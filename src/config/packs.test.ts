// What the packs under packs/ must say, whoever edits them next.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { includesPlace, parseInstant, type Place } from "../base/index.ts";
import type { FreeDestination, Regime } from "../law/index.ts";
import { formatFinding } from "./index.ts";
import { parsePack } from "./packs/parse-pack.ts";

const files = globSync(join(import.meta.dirname, "../../packs/*.yaml"));
const packs = new Map(files.map((file) => [basename(file, ".yaml"), read(file)]));

test("every pack cites its law, and asks to be looked at again after its version", () => {
  for (const { id, sources, version, reviewByMs } of packs.values()) {
    const written = parseInstant(version);
    assert.ok(sources.length > 0 && written.ok && reviewByMs > written.value, id);
  }
});

test("home under the GDPR is the EEA with the outermost regions, without Switzerland and the United Kingdom", () => {
  const { home } = pack("eu-gdpr");
  assert.deepEqual(
    ["DE", "NO", "IS", "LI", "RE", "AX"].filter((place) => !includesPlace(home, place as Place)),
    [],
  );
  assert.deepEqual(
    ["CH", "GB", "GL", "SJ", "JE", "US"].filter((place) => includesPlace(home, place as Place)),
    [],
  );
});

const adequacy = [
  { place: "GB", instrument: "(EU) 2025/2574", untilMs: Date.UTC(2031, 11, 26, 20) },
  { place: "CH", instrument: "2000/518/EC", untilMs: null },
  { place: "JE", instrument: "2008/393/EC", untilMs: null },
  { place: "CA", instrument: "2002/2/EC (commercial organisations under PIPEDA only)", untilMs: null },
] as const;

for (const { place, instrument, untilMs } of adequacy) {
  test(`the GDPR's adequacy decision for ${place} is ${instrument}`, () => {
    const found = destination(pack("eu-gdpr"), place);
    assert.equal(found?.instrument, instrument);
    assert.equal(found?.validity.untilMs, untilMs);
  });
}

test("neither the GDPR nor the UK GDPR lets anyone into the Emirates or Greenland freely, and into the United States only who is listed", () => {
  for (const id of ["eu-gdpr", "uk-gdpr"]) {
    for (const place of ["AE", "GL", "IN", "CN", "RU"]) {
      assert.equal(destination(pack(id), place), undefined, `${id} ${place}`);
    }
    assert.equal(destination(pack(id), "US")?.requiresCertification?.scheme, "dpf");
  }
});

test("a decision about some recipients asks the recipient's standing", () => {
  for (const [id, place, standing] of [
    ["eu-gdpr", "CA", "ca-pipeda"],
    ["eu-gdpr", "JP", "jp-private-sector"],
    ["eu-gdpr", "BR", "br-lgpd"],
    ["uk-gdpr", "CA", "ca-pipeda"],
    ["uk-gdpr", "JP", "jp-private-sector"],
    ["ch-fadp", "CA", "ca-pipeda"],
    ["ae-adgm", "CA", "ca-pipeda"],
    ["ae-adgm", "JP", "jp-private-sector"],
  ] as const) {
    assert.equal(destination(pack(id), place)?.requiresStanding, standing, `${id} ${place}`);
  }
});

test("the Korean adequacy decision of the Union leaves out financial data and no other class; that of the United Kingdom none", () => {
  const union = destination(pack("eu-gdpr"), "KR");
  assert.equal(union?.classes, null);
  assert.deepEqual(Array.from(union.exceptClasses), ["financial"]);
  assert.equal(destination(pack("uk-gdpr"), "KR")?.exceptClasses.size, 0);
});

test("every mechanism asks for a document, and none is a derogation under Article 49", () => {
  for (const { id, mechanisms } of packs.values()) {
    for (const { kind, article, documents } of mechanisms) {
      assert.ok(documents.length > 0, `${id} ${kind}`);
      assert.doesNotMatch(article, /\bArt\. 49\b/);
    }
  }
  assert.deepEqual(
    pack("eu-gdpr").mechanisms.map(({ kind, documents }) => [kind, ...documents]),
    [
      ["scc-2021-914-m2", "tia"],
      ["scc-2021-914-m3", "tia"],
      ["bcr", "approval", "tia"],
      ["gdpr-authorised-clauses", "authorisation", "tia"],
      ["dpf", "listing"],
      ["dpf-hr", "listing", "hr-election"],
      ["kr-outside-fsc", "fsc-status"],
    ],
  );
});

test("the Emirati health pack keeps data in the free zones too, leaves them their own laws, and is about health alone", () => {
  const { covers, coversClasses, home, rule } = pack("ae-health");
  assert.ok(includesPlace(covers, "AE-DU" as Place) && !includesPlace(covers, "AE+DIFC" as Place));
  assert.ok(includesPlace(home, "AE+ADGM" as Place));
  assert.deepEqual(Array.from(coversClasses ?? []), ["health"]);
  assert.equal(rule, "hard_local");
});

test("the CLOUD Act pack covers no place and denies control from the United States", () => {
  const { covers, operatorConstraints } = pack("us-cloud-act");
  assert.equal(covers.size, 0);
  assert.deepEqual(
    operatorConstraints.map(({ denyControlFrom }) => Array.from(denyControlFrom)),
    [["US"]],
  );
});

function pack(id: string): Regime {
  const found = packs.get(id);
  assert.ok(found, id);
  return found;
}

function destination({ freeDestinations }: Regime, place: string): FreeDestination | undefined {
  return freeDestinations.find(({ places }) => includesPlace(places, place as Place));
}

function read(file: string): Regime {
  const id = basename(file, ".yaml");
  const parsed = parsePack({ file: `packs/${id}.yaml`, text: readFileSync(file, "utf8"), id });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.map(formatFinding).join("\n"));
  return parsed.value.regime;
}
