// The policy file. This schema is the only description of it: types, defaults, docs/config.md and the JSON Schema for
// editors come from here. What refers from one part of the file to another is checked in references.ts and its neighbours.
import { accessors, engineNames } from "../../law/index.ts";
import { rankings, routingModes } from "../../routing/index.ts";
import { z } from "zod";
import { exitNames } from "../values/allowed-exit.ts";
import { attestation } from "./attestation-schema.ts";
import { calling } from "./calling-schema.ts";
import { modelTokens, price } from "./limits-schema.ts";
import { tenant } from "./tenant-schema.ts";
import {
  classes,
  count,
  deployment,
  hybridCondition,
  instant,
  label,
  labelWords,
  modelAlias,
  name,
  place,
  places,
  regionLabel,
  secretReference,
  url,
  validity,
  verifierKey,
  words,
  zone,
} from "./vocabulary.ts";

const declaredDocument = z.union(
  [
    label,
    z.strictObject({
      document: label.describe("As you call it: `TIA-17`."),
      outcome: z
        .enum(["positive", "negative"])
        .optional()
        .describe(
          "How an assessment ended. One that ended negative opens nothing, whatever other tools there are.",
        ),
      date: instant.optional().describe("Of what day it is. Before that it is no document yet."),
      until: instant.optional().describe("When it stops to hold."),
      version: label.optional().describe("Which version of it."),
      parties: label.optional().describe("Between whom, in words."),
      places: zone.optional().describe("The places that it looked at. Default: all that it is used for."),
    }),
  ],
  { error: `${labelWords}, or a mapping with \`document\`` },
);

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
  .catchall(declaredDocument)
  .describe(
    "A transfer tool that you have put in place. Every other key is a document that its kind asks for: `tia: TIA-17`, or what the document says: `tia: { document: TIA-17, outcome: positive, date: 2026-03-01, places: IN }`. `none`, `pending`, `TIA-17 (draft)` name no document, and `negative: …` says how one ended.",
  );

const acceptance = z
  .strictObject({
    by: label.describe("Who answers for it."),
    since: instant.optional().describe("From when; always, if left out."),
    until: instant.describe("When somebody must look at it again. Nothing is accepted for ever."),
  })
  .describe("A law that no pinned pack states, and that you go on without.");

const law = z.strictObject({
  packs: z
    .array(name)
    .min(1, { error: "at least one pack" })
    .describe("The laws that apply, each a file in `packs/`."),
  mechanisms: z
    .record(name, mechanism)
    .default({})
    .describe("Transfer tools that you have put in place, by a name of yours."),
  accepts: z
    .record(place, acceptance)
    .default({})
    .describe(
      "Places whose law no pinned pack states, and that you go on without: `CL: { by: …, until: … }`.",
    ),
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

const contracts = z
  .record(name, z.strictObject({ document: label.optional().describe("As you call it."), ...validity }))
  .optional()
  .describe(
    "Contracts with it, by the name that packs give their kind: `{ gdpr-art-28: { document: DPA-4 } }`; `{}`: none, and so is one whose document is `draft` or `not signed`. Left out: assumed, and `check` says so.",
  );

export const operator = z
  .strictObject({
    home: place.describe("Where it is established."),
    parents: z
      .array(
        z.strictObject({
          home: place.describe("Where the parent is established."),
          operator: name
            .optional()
            .describe("Its name among `operators`, if it has one there: whoever controls it counts too."),
          ...validity,
        }),
      )
      .default([])
      .describe("Everyone who controls it, directly or through others, and from when to when."),
    certifications: certifications.describe("What it is certified under."),
    contracts,
    standings: z
      .array(name)
      .optional()
      .describe(
        "What it is under the law of its home, where a decision is about such recipients alone: `[ca-pipeda]`. Left out: unknown.",
      ),
    subprocessors: z
      .array(name)
      .default([])
      .describe("Other `operators` whom it lets have the data: an order to one of them is felt here."),
  })
  .describe("Who runs cells and endpoints.");

const siting = {
  operator: name.describe("Who runs it, from `operators`."),
  stores: places
    .optional()
    .describe("Where logs, caches and failover copies may lie. Default: where it computes."),
  support: z
    .union([places, z.literal("unknown"), z.record(place, z.enum(accessors))], {
      error: "a place, a list of places, a mapping from places to who it is, or `unknown`",
    })
    .optional()
    .describe(
      "From where people may reach into it, for support, and who they are: `{ IN: group-company }`. Without who: whoever counts. Default: where it computes.",
    ),
  certifications: certifications.describe("What it is certified under, beside its operator."),
  contracts,
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
    "watch-regions": z
      .literal(true, { error: "`true`, or nothing" })
      .optional()
      .describe(
        "Amazon is asked each hour over which regions its models' names spread, at `bedrock.<region>.amazonaws.com` with this endpoint's `key`; one outside its places takes it out of service (docs/providers.md). Left out: nobody is asked.",
      ),
    place: places
      .optional()
      .describe("Without a provider: where it computes; a list when it may be any of several places."),
    key: secretReference
      .optional()
      .describe(
        "Where its API key is: `${env:NAME}`, or `${file:PATH}` beside the policy. Engines `vertex` and `azure-openai` take files of credentials, as JSON (docs/providers.md).",
      ),
    ...calling,
    attestation: attestation.optional(),
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

const weightWords =
  "a whole number from 1 to 1000; an endpoint that shall get nothing is left out, or has a higher `order`";

const serving = z
  .strictObject({
    model: label.describe("The name that the endpoint's engine knows the model by."),
    order: count(1, 100)
      .default(1)
      .describe(
        "1 is asked first; a higher one only where every endpoint of the lower orders is down, or has failed the request.",
      ),
    weight: z
      .int({ error: weightWords })
      .min(1, { error: weightWords })
      .max(1000, { error: weightWords })
      .optional()
      .describe(
        "Its share among the endpoints of its order: 3 beside 1 gets three of four. Left out everywhere: load and latency decide.",
      ),
    price: price.optional(),
  })
  .describe("An endpoint of the model, and when it is asked (docs/routing.md).");

const hedge = z
  .strictObject({
    "after-ms": count(10, 600_000).describe(
      "So long no answer has begun, and the next endpoint is asked too. Best what nineteen of twenty answers take.",
    ),
  })
  .describe(
    "Whole answers that are late: a second endpoint of the permit is asked beside the first, and the first answer is given. Both may have to be paid for. Left out: never (docs/routing.md).",
  );

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
    allows: z
      .array(z.enum(exitNames))
      .default([])
      .describe(
        "Members of a request that make an engine keep it, send it on or fetch for it, or that choose who computes it. All that are not here are refused with 400: what they do, no permit covers.",
      ),
    tokens: modelTokens.optional(),
    hedge: hedge.optional(),
    "served-by": z
      .record(name, z.union([label, serving], { error: `${labelWords}, or a mapping with \`model\`` }))
      .describe(
        "Endpoint → the name that its engine knows the model by, or a mapping that also says when it is asked.",
      ),
  })
  .describe("A model under the name that callers use.");

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
