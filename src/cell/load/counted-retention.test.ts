import assert from "node:assert/strict";
import { test } from "node:test";
import { sellerPolicy } from "../../../test/support/seller-policy.ts";
import { readTestPolicy, testPolicy } from "../../../test/support/test-cell.ts";
import { requireCountedRetention } from "./counted-retention.ts";
import type { LocatedCell } from "./loaded-cell.ts";

function place(policy: string, ledgerRetentionDays: number | null): LocatedCell {
  const cellFile = { ledgerRetentionDays };
  return { file: "cell.yaml", cellFile, policy: readTestPolicy(policy) } as LocatedCell;
}

test("logs that are deleted within a counter's period are an error that names the tenant, the counter and the days", () => {
  assert.throws(() => requireCountedRetention(place(sellerPolicy(0), 366)), {
    message:
      "`cell.yaml`: `ledger-retention-days` is 366, and tenant `seller` attests `cn-personal-this-year`, which is counted from the ledger over a year; keep logs for 367 days or more, or leave the key out",
  });
});

test("logs that are kept for a year and a day, or for ever, or where nobody is counted, are none", () => {
  requireCountedRetention(place(sellerPolicy(0), 367));
  requireCountedRetention(place(sellerPolicy(0), null));
  requireCountedRetention(place(testPolicy, 1));
});
