import assert from "node:assert/strict";
import { test } from "node:test";
import { requestId } from "../../test/support/ledger-entries.ts";
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
  isEnded: false,
};
const bytes = formatSignedState(state);

test("the state is read as it was written", () => {
  assert.deepEqual(parseSignedState(bytes), { ok: true, value: state });
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
