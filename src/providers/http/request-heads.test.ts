import assert from "node:assert/strict";
import { test } from "node:test";
import { engineAddress } from "../../../test/support/engine-address.ts";
import { upstreamCall } from "../../../test/support/upstream-call.ts";
import { RequestHeads } from "./request-heads.ts";

const url = new URL("http://engine.example:8000/base/");

test("no value ends its line, wherever it comes from, and the error does not tell it", () => {
  for (const value of ["hunter2\r\nx: y", "hunter2\n", "hunter2\r", "hunter2\0", "hunter2\u{10d}\u{10a}"]) {
    const heads = new RequestHeads(engineAddress(url.href), url);
    const addresses = [
      { ...engineAddress(url.href), apiKey: value },
      engineAddress(url.href, { headers: { "x-a": value } }),
      engineAddress(url.href, { headers: { [value]: "a" } }),
    ];
    for (const address of addresses) assert.throws(() => new RequestHeads(address, url), isSilent);
    assert.throws(() => heads.post("/v1", upstreamCall({ requestId: value })), isSilent);
    assert.throws(() => heads.post("/v1", upstreamCall({ transferId: value })), isSilent);
    assert.throws(() => heads.post(`/${value}`, upstreamCall()), isSilent);
    assert.throws(() => heads.get(`/${value} HTTP/1.1`), isSilent);
  }
});

test("a query's members are escaped", () => {
  const heads = new RequestHeads(engineAddress(url.href, { query: { a: "b c\r\n&", d: "é" } }), url);
  assert.match(heads.get("/health"), /^GET \/base\/health\?a=b\+c%0D%0A%26&d=%C3%A9 HTTP\/1\.1\r\n/);
  assert.match(
    heads.get("/m:stream?alt=sse"),
    /^GET \/base\/m:stream\?alt=sse&a=b\+c%0D%0A%26&d=%C3%A9 HTTP/,
  );
});

function isSilent(error: Error): boolean {
  return error instanceof TypeError && !error.message.includes("hunter2");
}
