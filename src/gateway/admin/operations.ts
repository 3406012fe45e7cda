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
import { act, look, type Operation } from "./operation.ts";

const nothing = z.strictObject({});
const ground = z.enum(erasureGrounds);
const reason = z.enum(holdReasons);
const untilMs = z.int().positive().optional();
const recipient = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, "expected a word such as `auditor`");
const tenant = z.string().regex(/^[a-z0-9-]{1,63}$/, "expected a tenant of the policy");

export const operations: readonly Operation[] = [
  act({ path: "/admin/erasures", input: z.strictObject({ ...target, ground }), run: erase }),
  look({ path: "/admin/holds", input: nothing, run: listHolds }),
  act({ path: "/admin/holds", input: z.strictObject({ ...target, reason, untilMs }), run: placeHold }),
  act({ path: "/admin/holds/release", input: z.strictObject({ ...target, reason }), run: releaseHold }),
  act({ path: "/admin/disclosures", input: z.strictObject({ subject: handle, recipient }), run: disclose }),
  look({ path: "/admin/keys", input: nothing, run: keyHealth }),
  act({ path: "/admin/keys/rotate", input: nothing, run: rotateKey }),
  act({ path: "/admin/keys/rewrap", input: nothing, run: rewrapKeys }),
  look({ path: "/admin/tenant-handle", input: z.strictObject({ tenant }), run: tenantHandle }),
  look({ path: "/admin/records", input: z.strictObject({ tenant }), run: listRecords }),
  act({ path: "/admin/record", input: z.strictObject({ request: handle }), run: showRecord }),
];
