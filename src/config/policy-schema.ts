// The policy file. This schema is the only description of it: types, defaults, docs/config.md and the JSON Schema for
// editors come from here. What refers from one part of the file to another is checked in references.ts and its neighbours.
import { type RequirementLevel, selectingBases } from "../law/index.ts";
import { rankings, routingModes } from "../routing/index.ts";
import { z } from "zod";
import { engineNames } from "./engine-kind.ts";
import { identity } from "./identity-schema.ts";
import {
  classes,
  count,
  days,
  deployment,
  hybridCondition,
  instant,
  label,
  modelAlias,
  name,
  place,
  places,
  regionLabel,
  secretReference,
  sha256Hex,
  url,
  validity,
  verifierKey,
  words,
  zone,
} from "./vocabulary.ts";

const mechanism = z
  .object({
    kind: name.describe("The kind of transfer tool, as a pinned pack names it: `scc-2021-914-m2`."),
    from: name.describe("The exporting entity: a tenant's `entity`."),
    to: name.describe("The importing operator, from `operators`."),
    classes: classes
      .optional()
      .describe("The only classes of data that it was made for. Default: all that its kind can carry."),
    ...validity,
  })
  .catchall(label)
  .describe(
    "A transfer tool that you have put in place. Every other key is a document that its kind asks for: `tia: TIA-17`.",
  );

const law = z.strictObject({
  packs: z
    .array(name)
    .min(1, { error: "at least one pack" })
    .describe("The laws that apply, each a file in `packs/`."),
  mechanisms: z
    .record(name, mechanism)
    .default({})
    .describe("Transfer tools that you have put in place, by a name of yours."),
  "event-keys": z
    .array(verifierKey)
    .default([])
    .describe("Whose legal events count: verifier keys as `bailiwick legal key` prints them."),
});

const certification = z
  .strictObject({
    scope: words
      .optional()
      .describe("What it reaches to beside its core: `hr` for human-resources data under `dpf`."),
    ...validity,
  })
  .describe("A certificate, or a listing, by its scheme: `dpf`, `c5`, `hds`, `secnumcloud`.");
const certifications = z.record(name, certification).default({});

export const operator = z
  .strictObject({
    home: place.describe("Where it is established."),
    parents: z
      .array(z.strictObject({ home: place.describe("Where the parent is established."), ...validity }))
      .default([])
      .describe("Everyone who controls it, directly or through others, and from when to when."),
    certifications: certifications.describe("What it is certified under."),
  })
  .describe("Who runs cells and endpoints.");

const siting = {
  operator: name.describe("Who runs it, from `operators`."),
  stores: places
    .optional()
    .describe("Where logs, caches and failover copies may lie. Default: where it computes."),
  support: z
    .union([places, z.literal("unknown")], { error: "a place, a list of places, or `unknown`" })
    .optional()
    .describe("From where people may reach into it, for support. Default: where it computes."),
  certifications: certifications.describe("What it is certified under, beside its operator."),
  "retention-days": count(0, 36_525)
    .optional()
    .describe("For how many days it keeps what it was sent. Left out: unknown."),
  premises: places
    .optional()
    .describe("Homes of whoever owns or leases out the hardware and the facility. Left out: unknown."),
};

const cell = z
  .strictObject({
    place: place.describe("Where its gateway runs."),
    url: url.describe("Where callers reach it; named in answers that send them to the right cell."),
    ...siting,
  })
  .describe("A gateway that receives requests, in one place.");

const endpoint = z
  .strictObject({
    cell: name.describe("The cell that calls it, from `cells`."),
    engine: z.enum(engineNames).describe("What it is."),
    url: url
      .optional()
      .describe("Its base URL, without `/v1`. An engine inside the cell's process has none."),
    peer: name
      .optional()
      .describe(
        "The cell, from `cells`, that this endpoint is: it decides again, and both cells record their half of a transfer. `url` is then the cell's, unless it is given.",
      ),
    provider: name
      .optional()
      .describe(
        "Whose service it is, a file in `packs/providers/`: then its data says where it is and who runs it.",
      ),
    region: regionLabel.optional().describe("The provider's label for where it shall compute."),
    place: places
      .optional()
      .describe("Without a provider: where it computes; a list when it may be any of several places."),
    key: secretReference
      .optional()
      .describe("Where its API key is: `${env:NAME}`, or `${file:PATH}` beside the policy."),
    ...siting,
    operator: name.optional().describe("Without a provider: who runs it, from `operators`."),
  })
  .describe("One thing that can run a model.");

const routingRule = z
  .strictObject({
    when: hybridCondition.describe("Over the request and the state of the service (docs/routing.md)."),
    prefer: z.enum(rankings).default("legal-first").describe("How lawful endpoints are ranked then."),
    transfers: z
      .enum(["forbidden", "allowed"])
      .default("forbidden")
      .describe("Whether lawful transfers are among them then."),
  })
  .describe("The first one that holds decides. One that errors forbids.");

const model = z
  .strictObject({
    mode: z
      .enum(routingModes)
      .default("legal-first")
      .describe(
        "How lawful endpoints are ranked: home before transfer, the fastest first, or by `rules`. No mode widens the law.",
      ),
    rules: z
      .array(routingRule)
      .max(50, { error: "at most 50 rules" })
      .optional()
      .describe("For `hybrid`, in their order. Without one that holds: home first, and no transfers."),
    "served-by": z.record(name, label).describe("Endpoint → the name that its engine knows the model by."),
  })
  .describe("A model under the name that callers use.");

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
    sha256: sha256Hex.describe("SHA-256 of the API key. The key itself is never stored."),
    subjects: places.optional().describe("Where this key's data subjects are, beside the tenant's."),
    class: classes.optional().describe("What this key's requests hold, beside the tenant's."),
    expires: instant.optional().describe("From when it is refused."),
  })
  .describe("An API key of the tenant.");

const limits = z.strictObject({
  "requests-per-minute": count(1, 10_000_000).optional().describe("Above this: 429."),
  "concurrent-requests": count(1, 1_000_000).optional().describe("Above this: 429."),
});

const signals = z.strictObject({
  "may-select": z
    .array(z.enum(selectingBases))
    .default([])
    .describe("Signals that choose among `subjects` for a request. All others add to them."),
});

const tenant = z
  .strictObject({
    established: places.describe("Where the controller is established."),
    entity: name.optional().describe("The legal entity that exports data. Default: the tenant's name."),
    subjects: places
      .optional()
      .describe("Where the data subjects are. Left out: every request must say so, or is refused."),
    citizenships: places.optional().describe("Of the data subjects, where a law looks at it."),
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
      .record(name, count(0, Number.MAX_SAFE_INTEGER))
      .default({})
      .describe("Counter of a pack → how many. A counter that is left out is unknown."),
    sector: name.optional().describe("Such as `banking`, where a law looks at it."),
    class: classes.describe("What the requests hold; a request can add to it."),
    requires: requirements
      .optional()
      .describe("Your wish on top of the law. Without a zone (`true`): the one place in `subjects`."),
    keys: z.record(name, key).default({}).describe("API keys, by a name of yours."),
    identity: identity.optional(),
    signals: signals.prefault({}).describe("What signals may do beside adding (docs/law/signals.md)."),
    models: z
      .array(modelAlias)
      .min(1, { error: "at least one model" })
      .optional()
      .describe("The models that it may use. Default: all."),
    limits: limits.default({}).describe("What it may use at most."),
    records: days
      .optional()
      .describe(
        "For how long its prompts and answers are kept, encrypted, in the cell (docs/privacy.md): `P30D`. Left out: never.",
      ),
  })
  .describe("Who sends requests.");

export const policySchema = z
  .strictObject({
    bailiwick: z
      .literal(1, { error: "`1`, the version of this format" })
      .describe("The version of this format."),
    deployment: deployment.describe(
      "Your deployment's name, the first part of every log's origin: `acme.example`.",
    ),
    law: law.describe("Which laws apply, and what you have put in place under them."),
    operators: z.record(name, operator).describe("Who runs cells and endpoints, and who controls them."),
    cells: z.record(name, cell).describe("Gateways, one in each place."),
    endpoints: z.record(name, endpoint).describe("What can run models."),
    models: z.record(modelAlias, model).describe("What callers ask for, and which endpoints serve it."),
    hostnames: z
      .record(deployment, places)
      .default({})
      .describe(
        "Host names by which callers say where their data subjects are: `eu.llm.acme.example: DE`. A name that is not here says nothing.",
      ),
    tenants: z
      .record(name, tenant)
      .describe("Who may send requests, and what is known about the data in them."),
  })
  .meta({
    title: "Bailiwick policy",
    description: "One policy for all cells of a deployment. It holds no secrets.",
  });

export type PolicyDocument = z.output<typeof policySchema>;
