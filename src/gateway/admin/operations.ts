// All of the admin API beside health and metrics (docs/admin-api.md).
import { z } from "zod";
import { listRecords, showRecord } from "../lifecycle/content-records.ts";
import { disclose } from "../lifecycle/disclose.ts";
import { erase } from "../lifecycle/erase.ts";
import { erasureGrounds, holdReasons } from "../lifecycle/grounds.ts";
import { listHolds, placeHold, releaseHold } from "../lifecycle/hold.ts";
import { handle, target } from "../lifecycle/target.ts";
import { tenantHandle } from "../lifecycle/tenant-handle.ts";
import { keyHealth, rewrapKeys, rotateKey } from "../lifecycle/wrapping-key.ts";
import { type Operation, operation } from "./operation.ts";

const nothing = z.strictObject({});
const ground = z.enum(erasureGrounds);
const reason = z.enum(holdReasons);
const untilMs = z.int().positive().optional();
const recipient = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, "expected a word such as `auditor`");
const tenant = z.string().regex(/^[a-z0-9-]{1,63}$/, "expected a tenant of the policy");

export const operations: readonly Operation[] = [
  operation({
    method: "POST",
    path: "/admin/erasures",
    input: z.strictObject({ ...target, ground }),
    run: erase,
  }),
  operation({ method: "GET", path: "/admin/holds", input: nothing, run: listHolds }),
  operation({
    method: "POST",
    path: "/admin/holds",
    input: z.strictObject({ ...target, reason, untilMs }),
    run: placeHold,
  }),
  operation({
    method: "POST",
    path: "/admin/holds/release",
    input: z.strictObject({ ...target, reason }),
    run: releaseHold,
  }),
  operation({
    method: "POST",
    path: "/admin/disclosures",
    input: z.strictObject({ subject: handle, recipient }),
    run: disclose,
  }),
  operation({ method: "GET", path: "/admin/keys", input: nothing, run: keyHealth }),
  operation({ method: "POST", path: "/admin/keys/rotate", input: nothing, run: rotateKey }),
  operation({ method: "POST", path: "/admin/keys/rewrap", input: nothing, run: rewrapKeys }),
  operation({
    method: "GET",
    path: "/admin/tenant-handle",
    input: z.strictObject({ tenant }),
    run: tenantHandle,
  }),
  operation({
    method: "GET",
    path: "/admin/records",
    input: z.strictObject({ tenant }),
    run: listRecords,
  }),
  operation({
    method: "POST",
    path: "/admin/record",
    input: z.strictObject({ request: handle }),
    run: showRecord,
  }),
];
