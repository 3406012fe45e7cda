import assert from "node:assert/strict";
import { test } from "node:test";
import { type MmdbValue, tinyMmdb } from "../../../test/support/tiny-mmdb.ts";
import { keepGeoIp } from "./current-geo-ip.ts";
import { GeoIpError, openGeoIp } from "./geo-ip.ts";

const records: readonly { title: string; record: MmdbValue; place: string | null }[] = [
  { title: "MaxMind's", record: { country: { iso_code: "FR" }, city: { geoname_id: 1 } }, place: "FR" },
  { title: "IPinfo's", record: { country: "RE", continent: "AF" }, place: "RE" },
  { title: "ip-location-db's", record: { country_code: "JE" }, place: "JE" },
  { title: "a country that ISO does not assign", record: { country_code: "XX" }, place: null },
  { title: "an anonymising network's", record: { country_code: "T1" }, place: null },
  { title: "a name instead of a code", record: { country: "France" }, place: null },
  { title: "a number", record: { country: { iso_code: 33 } }, place: null },
  { title: "no country", record: { continent: { code: "EU" } }, place: null },
  { title: "a text", record: "FR", place: null },
  { title: "an empty", record: {}, place: null },
];

for (const { title, record, place } of records) {
  test(`${title} record says ${place ?? "nothing"}`, () => {
    assert.equal(openGeoIp(tinyMmdb({ "203.0.113.0/24": record })).placeOf("203.0.113.7"), place);
  });
}

const both = tinyMmdb({ "203.0.113.0/24": { country: "FR" }, "2001:db8::/32": { country: "AE" } });

test("addresses of both families are found, and those in no network are nowhere", () => {
  const geoIp = openGeoIp(both);
  const places = ["203.0.113.255", "203.0.114.0", "2001:db8::7", "2001:db9::", "::"].map((address) =>
    geoIp.placeOf(address),
  );
  assert.deepEqual(places, ["FR", null, "AE", null, null]);
});

test("a database for IPv4 says nothing of an IPv6 address whose first bits look like one it knows", () => {
  const geoIp = openGeoIp(tinyMmdb({ "32.1.0.0/16": { country: "FR" } }, { ipVersion: 4 }));
  assert.equal(geoIp.placeOf("32.1.13.184"), "FR");
  assert.equal(geoIp.placeOf("2001:db8::7"), null);
});

test("every truncation of a database is refused when the cell starts", () => {
  for (let length = 0; length < both.length; length++) {
    assert.throws(() => openGeoIp(both.subarray(0, length)), GeoIpError, String(length));
  }
});

test("any other file is refused when the cell starts", () => {
  for (const text of ["", "no database", "\0".repeat(4096), "{}"]) {
    assert.throws(() => openGeoIp(Buffer.from(text)), GeoIpError);
  }
});

test("with any byte changed a database is refused, at its start or at the address, or says a country or nothing", () => {
  let refused = 0;
  for (let at = 0; at < both.length; at++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const damaged = Buffer.from(both);
      damaged.writeUInt8(damaged.readUInt8(at) ^ mask, at);
      try {
        const geoIp = openGeoIp(damaged);
        for (const address of ["203.0.113.7", "2001:db8::7"]) assertPlace(geoIp.placeOf(address));
      } catch (error) {
        assert.ok(error instanceof GeoIpError, `byte ${at}: ${String(error)}`);
        refused++;
      }
    }
  }
  assert.ok(refused > 100, `${refused} were refused`);
});

function assertPlace(place: string | null): void {
  assert.ok(place === null || /^[A-Z]{2}$/.test(place));
}

test("a file that was replaced counts when it is read again, and one that cannot be read leaves the last good one", () => {
  let file = tinyMmdb({ "203.0.113.0/24": { country: "FR" } });
  const geoIp = keepGeoIp(() => openGeoIp(file));
  assert.equal(geoIp.placeOf("203.0.113.7"), "FR");
  file = tinyMmdb({ "203.0.113.0/24": { country: "AE" } });
  assert.equal(geoIp.placeOf("203.0.113.7"), "FR");
  geoIp.renew();
  assert.equal(geoIp.placeOf("203.0.113.7"), "AE");
  file = Buffer.alloc(9);
  assert.throws(() => geoIp.renew(), GeoIpError);
  assert.equal(geoIp.placeOf("203.0.113.7"), "AE");
});
