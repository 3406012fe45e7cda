import assert from "node:assert/strict";
import { test } from "node:test";
import { type Handshake, handshakeFault, protocolsIn } from "./accept.ts";

const headers = {
  upgrade: "WebSocket",
  connection: "keep-alive, Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const sound: Handshake = { method: "GET", httpVersion: "1.1", headers };

test("the handshake of RFC 6455 §1.2 is one", () => {
  assert.equal(handshakeFault(sound), null);
  const protocols = { ...headers, "sec-websocket-protocol": "realtime, openai-insecure-api-key.sk-a" };
  assert.equal(handshakeFault({ ...sound, headers: protocols }), null);
  assert.deepEqual(protocolsIn(protocols), ["realtime", "openai-insecure-api-key.sk-a"]);
});

for (const { change, says } of [
  { change: { method: "HEAD" }, says: /GET of HTTP\/1.1/ },
  { change: { httpVersion: "1.0" }, says: /GET of HTTP\/1.1/ },
  { change: { headers: {} }, says: /`upgrade`/ },
  { change: { headers: { ...headers, upgrade: "h2c" } }, says: /`upgrade`/ },
  { change: { headers: { ...headers, upgrade: "websocket, websocket" } }, says: /`upgrade`/ },
  { change: { headers: { ...headers, connection: "keep-alive" } }, says: /`connection`/ },
  { change: { headers: { ...headers, connection: "noupgrade" } }, says: /`connection`/ },
  { change: { headers: { ...headers, "sec-websocket-version": "8" } }, says: /version` must be 13/ },
  { change: { headers: { ...headers, "sec-websocket-key": "AAAA" } }, says: /16 bytes/ },
  {
    change: { headers: { ...headers, "sec-websocket-key": `${headers["sec-websocket-key"]}, x` } },
    says: /16 bytes/,
  },
  { change: { headers: { ...headers, "sec-websocket-protocol": "a, a" } }, says: /different names/ },
  { change: { headers: { ...headers, "sec-websocket-protocol": "a,,b" } }, says: /different names/ },
  { change: { headers: { ...headers, "sec-websocket-protocol": "" } }, says: /different names/ },
]) {
  test(`a handshake with ${JSON.stringify(change)} is none`, () => {
    assert.match(handshakeFault({ ...sound, ...change }) ?? "", says);
  });
}
