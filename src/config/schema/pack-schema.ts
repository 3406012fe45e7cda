// A pack: one law as data. Its words are those of the law room's Regime, so that a pack reads like the code that obeys it.
import {
  accessors,
  confidences,
  counterPeriods,
  dataClasses,
  evidenceClasses,
  requirementLevels,
  roles,
  ruleKinds,
} from "../../law/index.ts";
import { z } from "zod";
import { override } from "../packs/override.ts";
import {
  classes,
  count,
  instant,
  label,
  name,
  oneOrMany,
  lawPeriod,
  webAddress,
  words,
  type Zone,
  zone,
} from "./vocabulary.ts";

const levels = oneOrMany(
  z.enum(requirementLevels),
  `a level (${requirementLevels.join(", ")}), or a list of them`,
).meta({ title: "level, or list of levels" });

const holds = z.literal(true, { error: "`true`; the contrary goes under `not`" }).optional();

const volume = z.strictObject({
  counter: name.describe("One of `counters`. A tenant's `volumes` says how many, and the cell adds its own."),
  count: count(1, Number.MAX_SAFE_INTEGER).describe("From this many on, the people of the request included."),
  of: classes.optional().describe("Only requests that hold such data add to it. Default: all."),
});

const counter = z
  .strictObject({
    period: z
      .enum(counterPeriods)
      .describe("`calendar-year`: since the law's own 1 January. `12-months`: in the twelve months before."),
  })
  .describe("What the law counts, to all recipients together.");

const claims = z.strictObject({
  subject_place: zone.optional().describe("A data subject may be there."),
  subject_citizenship: zone.optional().describe("A data subject may be a citizen of it."),
  subject_residence: zone.optional().describe("A data subject may reside there, or be there."),
  targeted_place: zone
    .optional()
    .describe("Goods or services may be offered to people there, or their behaviour watched."),
  minor: holds.describe("A data subject may be a minor."),
  controller_place: zone.optional().describe("The controller is established there."),
  processor_place: zone
    .optional()
    .describe("An operator on the way is established there, or controlled from there."),
  sector: words.optional().describe("The controller's sector."),
  controller_status: words
    .optional()
    .describe("A standing that a law gives the controller, such as `cn-ciio`."),
  employment: holds.describe("Data is processed in the context of employment."),
  purpose: words.optional().describe("What it is processed for."),
  volume_at_least: volume.optional().describe("The tenant's count has come to it."),
  data_class: classes.optional().describe("The request holds such data, or data that implies it."),
  requires_level: levels.optional().describe("The tenant wishes for this level."),
});

export interface ConditionDocument extends z.output<typeof claims> {
  readonly all?: readonly ConditionDocument[] | undefined;
  readonly any?: readonly ConditionDocument[] | undefined;
  readonly not?: ConditionDocument | undefined;
}

const itself = z.lazy(() => condition);
const several = z.array(itself).min(1, { error: "at least one condition" }).optional();

const condition: z.ZodType<ConditionDocument> = z
  .strictObject({
    all: several.describe("Every one of them."),
    any: several.describe("At least one of them."),
    not: itself.optional().describe("It may be false."),
    ...claims.shape,
  })
  .refine((value) => Object.keys(value).length === 1, {
    error: "exactly one key; several go under `all` or `any`",
  })
  .meta({
    id: "condition",
    title: "condition",
    description: "One key; several conditions go under `all` or `any`.",
  });

const coverage = z.union(
  [
    zone.transform((places) => ({ places, classes: null })),
    z.strictObject({
      places: zone.describe("There."),
      classes: classes.describe("For requests that hold such data."),
    }),
  ],
  { error: "a place or zone, a list of them, or `{ places, classes }`" },
);

const certification = z
  .union(
    [
      name.transform((scheme) => ({ scheme, scope_for: {} })),
      z.strictObject({
        scheme: name.describe("The scheme: `dpf`, `c5`, `hds`, `secnumcloud`."),
        scope_for: z
          .partialRecord(z.enum(dataClasses), name)
          .default({})
          .describe("Data class → the word that the certificate's scope must hold for it."),
      }),
    ],
    { error: "a scheme such as `dpf`, or `{ scheme, scope_for }`" },
  )
  .optional();

const nowhere = z
  .array(z.never())
  .max(0)
  .transform((): Zone => ({ name: "nowhere", places: new Set() }));

const howSure = {
  confidence: z
    .enum(confidences)
    .optional()
    .describe("On what this one rests, where that is not the whole pack's `confidence`."),
};

const freeDestination = z
  .strictObject({
    places: zone.describe("Where data may go."),
    instrument: label.describe("The decision that says so."),
    scope: label.optional().describe("Whom it is limited to, in words; recorded with every use."),
    classes: classes.optional().describe("The only classes of data that it holds for. Default: all."),
    except_classes: classes.optional().describe("Classes of data that it leaves out."),
    requires_certification: certification.describe("What the recipient must be certified under."),
    requires_standing: name
      .optional()
      .describe(
        "What the recipient must be, where the decision is about such recipients alone: `ca-pipeda`.",
      ),
    ...howSure,
    ...lawPeriod,
  })
  .describe("Where data may go without a document of the tenant's own.");

const mechanism = z
  .strictObject({
    article: label.describe("Where the law provides for it."),
    documents: z
      .array(name)
      .min(1, { error: "at least one document" })
      .describe("Documents that a policy must name to use it."),
    instrument: label.optional().describe("The decision that it stands or falls with."),
    assessments: z
      .array(name)
      .default([])
      .describe("Those of `documents` that end in a finding. A negative one shuts every tool that wants it."),
    places: zone.optional().describe("The only places that it opens. Default: any."),
    importers: zone.optional().describe("Where the importing operator must be at home. Default: anywhere."),
    importer: z
      .literal("abroad", { error: "`abroad`" })
      .optional()
      .describe(
        "It is made with an importer abroad: one at home who lets others have the data needs another.",
      ),
    exporter: z.enum(roles).optional().describe("What the exporter must be in relation to the data."),
    exceptional: z
      .boolean()
      .default(false)
      .describe("Granted in single cases: it works where it is declared, and is not named as a cure."),
    classes: classes.optional().describe("The only classes of data that it can carry. Default: all."),
    requires: condition
      .optional()
      .describe("It works only where this cannot be false. What it looks at and nobody said is missing."),
    enabled: z
      .boolean()
      .default(true)
      .describe("`false` is the kill switch: no declaration of it works any more."),
    ...howSure,
  })
  .describe("A transfer tool that a policy may declare, by its kind.");

const operatorConstraint = z
  .strictObject({
    deny_control_from: zone
      .optional()
      .describe("No operator on the way may be established there, or controlled from there."),
    allow_control_from: zone
      .optional()
      .describe("Every operator on the way must be established there, and controlled only from there."),
    requires_certification: certification.describe("What it must be certified under."),
    except_home: zone
      .optional()
      .describe("Operators at home there are looked at by their home alone, whoever owns them."),
    article: label.describe("Where the law says so."),
    ...howSure,
  })
  .refine((value) => value.deny_control_from ?? value.allow_control_from ?? value.requires_certification, {
    error: "`deny_control_from`, `allow_control_from` or `requires_certification`",
  })
  .describe("A limit on who runs a cell or an endpoint.");

const contract = z
  .strictObject({
    contract: name.describe("Its name: an operator's `contracts` say whether it is there."),
    article: label.describe("Where the law asks for it."),
    when: condition.optional().describe("When it asks for it. Default: always."),
    met_by: z.array(name).default([]).describe("Kinds of mechanisms that hold its terms already."),
    ...howSure,
  })
  .describe(
    "A contract with whoever runs a cell or an endpoint, without which the law does not let them have the data.",
  );

const hole = z
  .strictObject({
    places: zone.describe("Of whose law."),
    sectors: words.optional().describe("For controllers of these sectors. Default: all."),
    classes: classes.optional().describe("For such data. Default: all."),
    what: label.describe("What was not read, in words."),
    filled_by: name.optional().describe("The pack that states it, if there is one."),
  })
  .describe(
    "A part of the law of its places that this pack does not state. Requests in it are refused as unknown.",
  );

const source = z
  .strictObject({
    law: label.describe("Its short name."),
    article: label.describe("The article or section."),
    url: webAddress.optional().describe("Where its text can be read."),
    says: z
      .string({ error: "a text" })
      .min(1, { error: "a text" })
      .max(600, { error: "a text of up to 600 characters" })
      .optional()
      .describe("What that passage says, in our words."),
  })
  .describe("Where this can be read.");

const confidenceWords =
  "`verified`: official text, or a digest that cites it; `secondary`: other public material; `background`: common " +
  "knowledge, not read again; `unconfirmed`: could not be confirmed.";

export const packSchema = z
  .strictObject({
    "bailiwick-pack": z
      .literal(1, { error: "`1`, the version of this format" })
      .describe("The version of this format."),
    id: name.describe("Its name, which is its file's name too."),
    version: label.describe("The version of this text: the day of its last change."),
    title: label.describe("What lawyers call it."),
    ...override,
    covers: coverage
      .optional()
      .describe(
        "Whose rule on transfers this states, for all data or for some classes. A place that no pinned pack covers is refused.",
      ),
    applies_when: condition.describe("When it may apply; then it does. A mapping with one key."),
    counters: z
      .record(name, counter)
      .default({})
      .describe("What its conditions count (`volume_at_least`), and over which period."),
    rule: z
      .enum(ruleKinds)
      .describe(
        "`hard_local`: only at home; `conditional`: abroad under conditions; `denylist`, `export_control`: not to `denied_destinations`; `operator`: limits who runs it; `terms`: duties, no places.",
      ),
    home: zone.optional().describe("Where data is at home."),
    free_destinations: z.array(freeDestination).default([]).describe("Where it may go freely."),
    denied_destinations: z
      .union([zone, nowhere], { error: "a place or zone, a list of them, or `[]`: nobody is denied yet" })
      .optional()
      .describe("Where it may not go. `[]`: the law can deny places, and has denied none."),
    mechanisms: z
      .record(name, mechanism)
      .default({})
      .describe("Transfer tools and exceptions that open other places."),
    operator_constraints: z.array(operatorConstraint).default([]).describe("Who may not run it."),
    denied_control_except: zone
      .optional()
      .describe("Operators at home there give no access from elsewhere, whoever owns them."),
    contracts: z.array(contract).default([]).describe("Contracts that it makes a condition."),
    governs: z
      .enum(["processing", "storage"])
      .default("processing")
      .describe("`storage`: it asks where data rests, and not where it is computed."),
    transient_days: count(0, 365)
      .optional()
      .describe("For a rule on storage: what is kept for so many days at most does not rest there."),
    remote_access_counts: z
      .union([z.boolean(), z.array(z.enum(accessors)).min(1)], {
        error: `\`true\`, \`false\`, or a list of who counts (${accessors.join(", ")})`,
      })
      .default(false)
      .describe(
        "Whether a place from which people reach the data for support is one where the data goes; a list: only these people.",
      ),
    max_retention_days: count(0, 36_525)
      .optional()
      .describe("For how many days a cell or endpoint may keep what it was sent, at most."),
    evidence_min: z
      .enum(evidenceClasses)
      .default("E1")
      .describe("The least evidence of place that an endpoint must be able to give."),
    obligations: z
      .array(name)
      .default([])
      .describe(
        "Duties that come with it, recorded with every decision. `no-response-cache` keeps answers from being given again (docs/response-cache.md).",
      ),
    not_read: z.array(hole).default([]).describe("Parts of the law of its places that it does not state."),
    before: z
      .enum(["nothing", "unread"])
      .default("unread")
      .describe(
        "What was before its first day: `nothing` that bars a place, or another law, which it does not state.",
      ),
    effective: z.strictObject(lawPeriod).describe("From when to when it is in force."),
    sources: z.array(source).min(1, { error: "at least one source" }).describe("Law, article and address."),
    confidence: z.enum(confidences).describe(confidenceWords),
    review_by: instant.describe("When somebody must look at it again."),
  })
  .meta({
    title: "Bailiwick pack",
    description: "One law as data: where data may be processed, and under which conditions.",
  });

export type PackDocument = z.output<typeof packSchema>;
