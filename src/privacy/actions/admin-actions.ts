// All of the admin API beside health and metrics (docs/admin-api.md).
import { z } from "zod";
import {
  type EndpointId,
  type InstantMs,
  lastInstantMs,
  parseInstant,
  parsePlace,
  type Place,
} from "../../base/index.ts";
import { maxEvidencePlaces } from "../../ledger/index.ts";
import { acceptClock } from "../lifecycle/clock.ts";
import { listRecords, showRecord } from "../lifecycle/read-records.ts";
import { correct, correctAll, type Correction } from "../lifecycle/correct.ts";
import { disclose } from "../lifecycle/disclose.ts";
import { erase } from "../lifecycle/erase.ts";
import { erasureGrounds, holdReasons } from "../lifecycle/grounds.ts";
import { listHolds, placeHold, releaseHold } from "../lifecycle/hold.ts";
import { listQuarantines, releaseQuarantine } from "../lifecycle/release-quarantine.ts";
import { handle, namedTenant, target } from "../lifecycle/target.ts";
import { tenantHandle } from "../lifecycle/tenant-handle.ts";
import { keyHealth, rewrapKeys, rotateKey } from "../lifecycle/wrapping-key.ts";
import { act, look, type AdminAction } from "./admin-action.ts";

const nothing = z.strictObject({});
const ground = z.enum(erasureGrounds);
const reason = z.enum(holdReasons);
const untilMs = z.int().positive().max(lastInstantMs).optional();
const recipient = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, "expected a word such as `auditor`");

const word = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, "expected a lower-case word such as `log-arrived`");
const endpoint = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected the name of an endpoint")
  .transform((name) => name as EndpointId);
const instant = z.string().transform((text, context): InstantMs => {
  const parsed = parseInstant(text);
  if (parsed.ok) return parsed.value;
  context.addIssue("expected an instant such as `2026-11-29T12:00:00Z`");
  return z.NEVER;
});
const position = z.int().nonnegative();
const place = z.custom<Place>(
  (value) => typeof value === "string" && parsePlace(value).ok,
  "expected a place such as `DE`",
);
const correction: z.ZodType<Correction> = z.strictObject({
  origin: z.string().max(255),
  index: position,
  attempt: position,
  evidence: z.strictObject({
    grade: z.string().regex(/^E[0-4](?:-own)?$/, "expected `E0` to `E4`, or `E1-own`"),
    source: word,
    places: z.array(place).max(maxEvidencePlaces),
  }),
  reason: word,
});

/** As many as the body of a request holds, with room. */
export const maxCorrections = 150;
const corrections = z.strictObject({ corrections: z.array(correction).min(1).max(maxCorrections) });

export const adminActions: readonly AdminAction[] = [
  act({ path: "/admin/erasures", input: z.strictObject({ ...target, ground }), run: erase }),
  look({ path: "/admin/holds", input: nothing, run: listHolds }),
  act({ path: "/admin/holds", input: z.strictObject({ ...target, reason, untilMs }), run: placeHold }),
  act({ path: "/admin/holds/release", input: z.strictObject({ ...target, reason }), run: releaseHold }),
  look({ path: "/admin/quarantines", input: nothing, run: listQuarantines }),
  act({ path: "/admin/quarantines/release", input: z.strictObject({ endpoint }), run: releaseQuarantine }),
  act({ path: "/admin/clock", input: z.strictObject({ now: instant }), run: acceptClock }),
  act({ path: "/admin/corrections", input: correction, run: correct }),
  act({ path: "/admin/reconciliations", input: corrections, run: correctAll }),
  act({ path: "/admin/disclosures", input: z.strictObject({ subject: handle, recipient }), run: disclose }),
  look({ path: "/admin/keys", input: nothing, run: keyHealth }),
  act({ path: "/admin/keys/rotate", input: nothing, run: rotateKey }),
  act({ path: "/admin/keys/rewrap", input: nothing, run: rewrapKeys }),
  look({ path: "/admin/tenant-handle", input: z.strictObject(namedTenant), run: tenantHandle }),
  look({ path: "/admin/records", input: z.strictObject(namedTenant), run: listRecords }),
  act({ path: "/admin/record", input: z.strictObject({ request: handle }), run: showRecord }),
];
