import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndpointId, encodeUtf8, toHex } from "../../base/index.ts";
import { sha256 } from "../../keys/index.ts";
import { requestId } from "../../../test/support/ledger-entries.ts";
import { formatSignedState, parseSignedState } from "./signed-state.ts";

const state = {
  origin: "acme.example/log",
  size: 12,
  root: new Uint8Array(32).fill(9),
  epoch: 3,
  open: new Map([
    [requestId(1), 4],
    [requestId(2), 11],
  ]),
  words: new Map([
    ["fra-1" as EndpointId, { endpoint: "fra-1" as EndpointId, sinceMs: 17, rid: requestId(3) }],
    ["fra-2" as EndpointId, null],
  ]),
  isEnded: false,
};
const bytes = formatSignedState(state);

test("the state is read as it was written", () => {
  assert.deepEqual(parseSignedState(bytes), { ok: true, value: state });
});

test("a state of version 2, which says nothing of endpoints, is read", () => {
  const root = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
  const json = `{"epoch":3,"isEnded":true,"open":[],"origin":"acme.example/log","root":"${root}","size":12,"v":2}`;
  const read = parseSignedState(encodeUtf8(`${json}\n${toHex(sha256(encodeUtf8(json)))}\n`));
  const expected = { ...state, open: new Map(), words: new Map(), isEnded: true };
  assert.deepEqual(read, { ok: true, value: expected });
});

test("a state that is cut anywhere or has any byte changed is refused", () => {
  for (let at = 0; at < bytes.length; at++) {
    assert.ok(!parseSignedState(bytes.subarray(0, at)).ok, `cut at ${at}`);
    for (const mask of [0x01, 0x80, 0xff]) {
      const changed = bytes.map((byte, index) => (index === at ? byte ^ mask : byte));
      assert.ok(!parseSignedState(changed).ok, `byte ${at}`);
    }
  }
});
