// A pack: one law as data. Its words are those of the law room's Regime, so that a pack reads like the code that obeys it.
import { confidences, evidenceClasses, requirementLevels, ruleKinds } from "../law/index.ts";
import { z } from "zod";
import { classes, instant, label, name, oneOrMany, validity, webAddress, zone } from "./vocabulary.ts";

const levels = oneOrMany(
  z.enum(requirementLevels),
  `a level (${requirementLevels.join(", ")}), or a list of them`,
).meta({ title: "level, or list of levels" });
const sectors = oneOrMany(name, "a sector, or a list of them").meta({ title: "name, or list of names" });

const claims = z.strictObject({
  subject_place: zone.optional().describe("A data subject may be there."),
  subject_citizenship: zone.optional().describe("A data subject may be a citizen of it."),
  controller_place: zone.optional().describe("The controller is established there."),
  processor_place: zone
    .optional()
    .describe("An operator on the way is established there, or controlled from there."),
  sector: sectors.optional().describe("The controller's sector."),
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

const freeDestination = z
  .strictObject({
    places: zone.describe("Where data may go."),
    instrument: label.describe("The decision that says so."),
    scope: label.optional().describe("Whom it is limited to, in words; recorded with every use."),
    classes: classes.optional().describe("The only classes of data that it holds for. Default: all."),
    ...validity,
  })
  .describe("Where data may go without a document of the tenant's own.");

const mechanism = z
  .strictObject({
    article: label.describe("Where the law provides for it."),
    documents: z.array(name).default([]).describe("Documents that a policy must name to use it."),
    enabled: z
      .boolean()
      .default(true)
      .describe("`false` is the kill switch: no declaration of it works any more."),
  })
  .describe("A transfer tool that a policy may declare, by its kind.");

const operatorConstraint = z
  .strictObject({
    deny_control_from: zone.describe(
      "No operator on the way may be established there, or controlled from there.",
    ),
    article: label.describe("Where the law says so."),
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
    denied_destinations: zone.optional().describe("Where it may not go."),
    mechanisms: z.record(name, mechanism).default({}).describe("Transfer tools that open other places."),
    operator_constraints: z.array(operatorConstraint).default([]).describe("Who may not run it."),
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
