import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDeployment, sampleDeployment } from "../../../test/support/deployments.ts";
import {
  always,
  claims,
  placeSet,
  sampleCell,
  sampleEndpoint,
  samplePolicy,
  sampleRegime,
  siting,
  sampleDestination,
} from "../../../test/support/law-samples.ts";
import { parseInstant } from "../../base/index.ts";
import { createDecider } from "../decider.ts";
import type { LawPolicy } from "../policy/law-policy.ts";
import { calendarOf } from "./calendar.ts";
import { formatCalendarICS } from "./calendar-ics.ts";
import { rulingsBy } from "./timeline.ts";

const period = { fromMs: 0, untilMs: 10 };

function world(override: Partial<LawPolicy>): LawPolicy {
  return samplePolicy({
    cells: [sampleCell("eu", siting("DE"))],
    endpoints: [sampleEndpoint("de-1", "eu", siting("DE")), sampleEndpoint("gb-1", "eu", siting("GB"))],
    ...override,
  });
}

const ukAdequacy = sampleDestination(placeSet("GB"), {
  validity: { fromMs: null, untilMs: 5 },
  instrument: "(EU) 2025/2574",
});

test("under the contract alone, changes stand exactly where decisions change", () => {
  fc.assert(
    fc.property(anyDeployment, (deployment) => {
      const { changes } = calendarOf(deployment, period);
      for (const { id, facts } of deployment.tenants) {
        const rule = rulingsBy(createDecider(deployment.law), facts);
        const told = changes.filter(({ tenants, places }) => places === null && tenants.includes(id));
        for (let atMs = 1; atMs < 10; atMs++) {
          const [before, after] = [rule(atMs - 1).lawful, rule(atMs).lawful];
          const here = told.filter((change) => change.atMs === atMs);
          const endpointsThat = (effect: string): unknown =>
            here.filter((change) => change.effect === effect).flatMap(({ endpoints }) => endpoints);
          assert.deepEqual(
            endpointsThat("stops-being-lawful"),
            before.filter((endpoint) => !after.includes(endpoint)),
          );
          assert.deepEqual(
            endpointsThat("starts-being-lawful"),
            after.filter((endpoint) => !before.includes(endpoint)),
          );
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("an adequacy decision that ends is named as the cause, with the law that then forbids", () => {
  const law = world({ regimes: [sampleRegime({ freeDestinations: [ukAdequacy] })] });
  assert.deepEqual(calendarOf(sampleDeployment(law), period).changes, [
    {
      atMs: 5,
      effect: "stops-being-lawful",
      tenants: ["demo"],
      places: null,
      endpoints: ["gb-1"],
      rules: ["eu-gdpr"],
      causes: ["(EU) 2025/2574 ends"],
    },
  ]);
});

test("a law that comes into force for the people of one place is told for requests that claim it", () => {
  const later = sampleRegime({
    id: "in-dpdp",
    home: placeSet("IN"),
    appliesWhen: { kind: "subject_place", in: placeSet("IN") },
    effective: { fromMs: 7, untilMs: null },
  });
  const law = world({ regimes: [sampleRegime(), later] });
  const { changes } = calendarOf(sampleDeployment(law), period);
  assert.deepEqual(
    changes.map(({ atMs, places, endpoints, causes }) => [atMs, places, endpoints, causes]),
    [[7, ["IN"], ["de-1"], ["in-dpdp begins"]]],
  );
});

test("an end that takes nothing away, because another rule allows the same, is no change", () => {
  const twice = [ukAdequacy, { ...ukAdequacy, instrument: "another", validity: always }];
  const law = world({ regimes: [sampleRegime({ freeDestinations: twice })] });
  assert.deepEqual(calendarOf(sampleDeployment(law), period).changes, []);
});

test("packs that ask for a review within the period are listed", () => {
  const law = world({
    regimes: [sampleRegime({ reviewByMs: 3 }), sampleRegime({ id: "later", reviewByMs: 30 })],
  });
  assert.deepEqual(calendarOf(sampleDeployment(law), period).reviews, [{ atMs: 3, regime: "eu-gdpr" }]);
});

const untilMs = instant("2031-12-27");
const ends = { ...ukAdequacy, validity: { fromMs: null, untilMs } };
const reviewByMs = instant("2027-02-20T09:30:00Z");
const calendar = calendarOf(
  sampleDeployment(world({ regimes: [sampleRegime({ freeDestinations: [ends], reviewByMs })] }), {
    subjectPlaces: claims("DE"),
  }),
  { fromMs: 1, untilMs: instant("2032-01-01") },
);
const text = formatCalendarICS(calendar, { deployment: "acme.example", stampMs: instant("2026-11-20") });

test("as iCalendar: days as days, other instants as they are, text escaped, UIDs of the deployment", () => {
  assert.equal(
    text.replaceAll("\r\n ", "").replaceAll("\r\n", "\n"),
    `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Bailiwick//Law calendar//EN
BEGIN:VEVENT
UID:20311227T000000Z-stop-eu-2025-2574-ends-1@acme.example
DTSTAMP:20261120T000000Z
DTSTART;VALUE=DATE:20311227
SUMMARY:gb-1 stops being lawful: (EU) 2025/2574 ends
DESCRIPTION:Endpoints: gb-1\\nTenants: demo\\nRules: eu-gdpr
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
UID:20270220T093000Z-review-eu-gdpr-1@acme.example
DTSTAMP:20261120T000000Z
DTSTART:20270220T093000Z
SUMMARY:Review pack eu-gdpr
DESCRIPTION:The pack eu-gdpr asks to be read again against its sources by th
is day.
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
`.replace("by th\nis", "by this"),
  );
});

test("as iCalendar: lines end with CRLF, hold 75 octets at most, and cut no character", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 20 }), (tenants) => {
      const changes = calendar.changes.map((change) => ({ ...change, tenants }));
      const ics = formatCalendarICS({ changes, reviews: [] }, { deployment: "a", stampMs: 0 });
      const lines = ics.split("\r\n");
      assert.equal(lines.at(-1), "");
      assert.ok(lines.every((line) => Buffer.byteLength(line) <= 75 && line.isWellFormed()));
    }),
    { numRuns: 200 },
  );
});

function instant(date: string): number {
  const parsed = parseInstant(date);
  assert.ok(parsed.ok);
  return parsed.value;
}
