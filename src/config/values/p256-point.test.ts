import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { isOnP256 } from "./p256-point.ts";

test("public keys are points of the curve, and with a bit changed they are not", () => {
  for (let round = 0; round < 50; round++) {
    const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
      format: "jwk",
    });
    assert.ok(isOnP256(x, y), `${x} ${y}`);
    const bytes = Buffer.from(y, "base64url");
    bytes.writeUInt8(bytes.readUInt8(round % 32) ^ 1, round % 32);
    assert.ok(!isOnP256(x, bytes.toString("base64url")));
  }
});

test("a coordinate outside of the field, or none at all, is of no point", () => {
  const { x = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  for (const y of [
    Buffer.alloc(32, 0xff).toString("base64url"),
    Buffer.alloc(32).toString("base64url"),
    "",
    "?",
  ]) {
    assert.ok(!isOnP256(x, y), y);
  }
});
