// What a policy says of a tenant: whose data it is, what is attested of it, what it wishes, and by what its callers are known.
import { type RequirementLevel, roles, selectingBases } from "../../law/index.ts";
import { z } from "zod";
import { identity } from "./identity-schema.ts";
import { files } from "./files-schema.ts";
import { keyLimits, priority, team, tenantLimits } from "./limits-schema.ts";
import { responseCache } from "./response-cache-schema.ts";
import {
  classes,
  count,
  days,
  instant,
  modelAlias,
  name,
  places,
  sha256Hex,
  spiffePattern,
  words,
  zone,
} from "./vocabulary.ts";

// `{ residency }` and `{ residency: }` are null in YAML: a wish without a zone of its own, like `true`.
const wanted = z
  .union([zone, z.literal(true), z.null()], { error: "a zone such as `EEA` or `DE`, or `true`" })
  .optional();

const requirements = z.strictObject({
  residency: wanted.describe("Every place of computation and storage lies in the zone."),
  sovereignty: wanted.describe("So do the operator and everyone who controls it."),
  "full-stack": wanted.describe("So does whoever owns or leases out the hardware and the facility."),
} satisfies Readonly<Record<RequirementLevel, typeof wanted>>);

const key = z
  .strictObject({
    sha256: sha256Hex
      .optional()
      .describe("SHA-256 of the API key, which itself is never stored. Each key has this or `spiffe`."),
    spiffe: spiffePattern
      .optional()
      .describe(
        "Whose client certificate stands for the key: one SPIFFE ID, or with `/` at its end all that begin so (docs/identity.md).",
      ),
    subjects: places.optional().describe("Where this key's data subjects are, beside the tenant's."),
    class: classes.optional().describe("What this key's requests hold, beside the tenant's."),
    expires: instant.optional().describe("From when it is refused."),
    peer: name
      .optional()
      .describe(
        "The other cell, from `cells`, that holds this key: requests under it may say that they are one half of a transfer between cells (docs/routing.md). Left out: nobody's are believed.",
      ),
    ...keyLimits,
  })
  .describe("An API key of the tenant, or a client certificate.");

const signals = z.strictObject({
  "may-select": z
    .array(z.enum(selectingBases))
    .default([])
    .describe("Signals that choose among `subjects` for a request. All others add to them."),
});

const people = count(0, Number.MAX_SAFE_INTEGER);

const volume = z.union(
  [
    people.transform((attested) => ({ count: attested, asOf: null })),
    z
      .strictObject({
        count: people.describe("How many, with those whom the cell itself had sent by then."),
        "as-of": instant.describe("From when on the cell adds its own: a day begins at midnight UTC."),
      })
      .transform(({ count: attested, "as-of": asOf }) => ({ count: attested, asOf })),
  ],
  { error: "a whole number, or `{ count, as-of }`" },
);

export const tenant = z
  .strictObject({
    established: places.describe("Where the controller is established."),
    entity: name.optional().describe("The legal entity that exports data. Default: the tenant's name."),
    subjects: places
      .optional()
      .describe("Where the data subjects are. Left out: every request must say so, or is refused."),
    citizenships: places.optional().describe("Of the data subjects, where a law looks at it."),
    targets: z
      .union([z.array(z.never()).max(0), places], { error: "a place, a list of places, or `[]` for nowhere" })
      .optional()
      .describe(
        "Where goods or services are offered to people, or their behaviour is watched (GDPR Art. 3(2)). Left out: unknown, so wherever subjects are.",
      ),
    role: z
      .enum(roles)
      .optional()
      .describe(
        "Whether it decides about the data, or processes it for somebody. Left out: unknown, so that transfer tools for either are taken as fitting; `check` says so where a permit rests on it.",
      ),
    persons: count(1, 1_000_000_000)
      .default(1)
      .describe("How many people's data one request holds, at most: they are counted with `volumes`."),
    residences: places
      .optional()
      .describe("Where the data subjects reside, where that may be elsewhere than in `subjects`."),
    minors: z.boolean().optional().describe("Whether data subjects may be minors. Left out: unknown."),
    statuses: z
      .array(name)
      .optional()
      .describe("Standings that a law gives the controller: `[cn-ciio]`, or `[]`. Left out: unknown."),
    employment: z
      .boolean()
      .optional()
      .describe("Whether data is processed in the context of employment. Left out: unknown."),
    purposes: words.optional().describe("What data is processed for. Left out: unknown."),
    volumes: z
      .record(name, volume)
      .default({})
      .describe(
        "Counter of a pack → how many people were sent by others than the cell that decides, its sister cells included; it adds its own ([how](counters.md)). A counter that is left out is unknown.",
      ),
    sector: name.optional().describe("Such as `banking`, where a law looks at it."),
    class: classes.describe("What the requests hold; a request can add to it."),
    requires: requirements
      .optional()
      .describe("Your wish on top of the law. Without a zone (`true`): the one place in `subjects`."),
    keys: z.record(name, key).default({}).describe("API keys and client certificates, by a name of yours."),
    identity: identity.optional(),
    signals: signals.prefault({}).describe("What signals may do beside adding (docs/law/signals.md)."),
    models: z
      .array(modelAlias)
      .min(1, { error: "at least one model" })
      .optional()
      .describe("The models that it may use. Default: all."),
    limits: tenantLimits.default({}).describe("What it may use at most (docs/limits.md)."),
    priority,
    teams: z
      .record(name, team)
      .default({})
      .describe("Parts of the tenant that share limits, by a name of yours."),
    "response-cache": responseCache.optional(),
    files: files.optional(),
    records: days
      .optional()
      .describe(
        "For how long its prompts and answers are kept, encrypted, in the cell (docs/privacy.md): `P30D`. Left out: never.",
      ),
  })
  .describe("Who sends requests.");
