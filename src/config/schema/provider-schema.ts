// A provider: where each of its regions might compute and store, and who runs it. A regional name is no place: OpenAI's
// `eu` holds Switzerland, and most of its other hosts store in the region and compute anywhere.
import { membersOf, type Place } from "../../base/index.ts";
import { confidences, engineNames, evidenceClasses } from "../../law/index.ts";
import { z } from "zod";
import { servedOperations } from "../values/served-operation.ts";
import { override } from "../packs/override.ts";
import { operator } from "./policy-schema.ts";
import { hostPattern, instant, label, name, regionLabel, url, webAddress, zone } from "./vocabulary.ts";

const region = z
  .strictObject({
    computes: zone
      .optional()
      .describe(
        "Everywhere where it might compute. Left out: nobody can say, and no law lets data go there.",
      ),
    stores: zone
      .optional()
      .describe("Everywhere where it might store. Left out: nobody can say, and no law lets data go there."),
    url: url.optional().describe("Its base URL, without `/v1`, where that is the same for every customer."),
    host: hostPattern
      .optional()
      .describe("Else the host that a policy's own `url` must have; `*.` stands for names before it."),
    models: z
      .array(label)
      .min(1, { error: "at least one model" })
      .optional()
      .describe("The only models for which all this holds. Default: every model."),
    serves: z
      .array(z.enum(servedOperations))
      .min(1, { error: "at least one operation" })
      .optional()
      .describe(
        "The only operations for which all this holds: it answers no other, whatever its engine speaks. Default: every one.",
      ),
    engines: z
      .array(z.enum(engineNames))
      .default(["openai-compatible"])
      .describe("What can choose the region when it calls. An empty list: nothing in this version."),
    evidence: z
      .enum(evidenceClasses)
      .default("E1")
      .describe("The best evidence of place that the provider gives."),
  })
  .describe("One way of calling it, by the label that chooses where.");

const source = z
  .strictObject({
    document: label.describe("Its title."),
    url: webAddress.optional().describe("Where it can be read."),
  })
  .describe("Where this can be read.");

export const providerSchema = z
  .strictObject({
    "bailiwick-provider": z
      .literal(1, { error: "`1`, the version of this format" })
      .describe("The version of this format."),
    id: name.describe("Its name, which is its file's name too."),
    version: label.describe("The version of this text: the day of its last change."),
    title: label.describe("What it calls itself."),
    ...override,
    operator: operator
      .extend({ id: name.describe("Its name in mechanisms, as `to`.") })
      .describe("Who runs it, and who controls that."),
    model_scopes: z
      .array(name)
      .default([])
      .describe(
        "Words before a model's name, with a `.`, that widen where it computes: `eu` is `<region>/eu`.",
      ),
    regions: z.record(regionLabel, region).describe("Every label under which it can be asked to compute."),
    places: z
      .record(regionLabel, zone)
      .default({})
      .describe(
        "Where its regions lie, by the names that its logs and its own lists have for them: more than can be asked to compute.",
      ),
    sources: z.array(source).min(1, { error: "at least one source" }).describe("Title and address."),
    confidence: z
      .enum(confidences)
      .describe("What the least certain of its places rests on; the words are those of packs."),
    review_by: instant.describe("When somebody must look at it again."),
  })
  .meta({
    title: "Bailiwick provider",
    description: "Where a provider might compute and store, for each label under which it can be asked to.",
  });

/** Where each region lies that the data knows, by name. */
export function regionPlaces({
  places,
  regions,
}: Pick<ProviderDocument, "places" | "regions">): ReadonlyMap<string, readonly Place[]> {
  const labels = Object.entries(regions).map(([label, { computes }]) => [label, computes] as const);
  return new Map(
    [...labels, ...Object.entries(places)].flatMap(([name, known]) =>
      known === undefined ? [] : [[name, membersOf(known.places)]],
    ),
  );
}

export type ProviderDocument = z.output<typeof providerSchema>;
export type ProviderRegion = ProviderDocument["regions"][string];
