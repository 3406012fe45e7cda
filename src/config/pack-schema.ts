// A pack: one law as data. Its words are those of the law room's Regime, so that a pack reads like the code that obeys it.
import { confidences, dataClasses, evidenceClasses, requirementLevels, ruleKinds } from "../law/index.ts";
import { z } from "zod";
import { override } from "./override.ts";
import {
  classes,
  count,
  instant,
  label,
  name,
  oneOrMany,
  validity,
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
  counter: name.describe("What is counted, over which period: a tenant's `volumes` says how many."),
  count: count(1, Number.MAX_SAFE_INTEGER).describe("From this many on."),
});

const claims = z.strictObject({
  subject_place: zone.optional().describe("A data subject may be there."),
  subject_citizenship: zone.optional().describe("A data subject may be a citizen of it."),
  subject_residence: zone.optional().describe("A data subject may reside there, or be there."),
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

const freeDestination = z
  .strictObject({
    places: zone.describe("Where data may go."),
    instrument: label.describe("The decision that says so."),
    scope: label.optional().describe("Whom it is limited to, in words; recorded with every use."),
    classes: classes.optional().describe("The only classes of data that it holds for. Default: all."),
    requires_certification: certification.describe("What the recipient must be certified under."),
    ...validity,
  })
  .describe("Where data may go without a document of the tenant's own.");

const mechanism = z
  .strictObject({
    article: label.describe("Where the law provides for it."),
    documents: z
      .array(name)
      .min(1, { error: "at least one document" })
      .describe("Documents that a policy must name to use it."),
    classes: classes.optional().describe("The only classes of data that it can carry. Default: all."),
    requires: condition
      .optional()
      .describe("It works only where this cannot be false. What it looks at and nobody said is missing."),
    enabled: z
      .boolean()
      .default(true)
      .describe("`false` is the kill switch: no declaration of it works any more."),
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
    article: label.describe("Where the law says so."),
  })
  .refine((value) => Object.keys(value).length > 1, {
    error: "`deny_control_from`, `allow_control_from` or `requires_certification`",
  })
  .describe("A limit on who runs a cell or an endpoint.");

const source = z
  .strictObject({
    law: label.describe("Its short name."),
    article: label.describe("The article or section."),
    url: webAddress.optional().describe("Where its text can be read."),
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
    remote_access_counts: z
      .boolean()
      .default(false)
      .describe("Whether a place from which people reach the data for support is one where the data goes."),
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
      .describe("Duties that come with it, recorded with every decision."),
    effective: z.strictObject(validity).describe("From when to when it is in force."),
    sources: z.array(source).min(1, { error: "at least one source" }).describe("Law, article and address."),
    confidence: z.enum(confidences).describe(confidenceWords),
    review_by: instant.describe("When somebody must look at it again."),
  })
  .meta({
    title: "Bailiwick pack",
    description: "One law as data: where data may be processed, and under which conditions.",
  });

export type PackDocument = z.output<typeof packSchema>;
