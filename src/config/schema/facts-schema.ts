// The facts of one request as `decide`, `explain` and policy tests read them. They are a tenant's own words from the policy
// file, so whatever a contract can say of a request can be asked here too.
import { bases, type LegalTarget, suspensionReasons } from "../../law/index.ts";
import { z } from "zod";
import { policySchema } from "./policy-schema.ts";
import { classes, instant, label, modelAlias, name, place, places } from "./vocabulary.ts";

const parts = policySchema.shape;

// These are no facts of a request: what a tenant may use, and how its callers are recognised.
const contractFacts = parts.tenants.valueType
  .omit({
    keys: true,
    models: true,
    limits: true,
    priority: true,
    teams: true,
    identity: true,
    signals: true,
  })
  .partial({ established: true, class: true })
  .extend({ persons: parts.tenants.valueType.shape.persons.unwrap().optional() }).shape;

const claim = z
  .strictObject({
    basis: z.enum(bases).describe("How it came to be known."),
    subjects: places.optional().describe("Where the data subject is, by this claim."),
    citizenships: places.optional().describe("The data subject's citizenship, by this claim."),
    class: classes.optional().describe("What the request holds, by this claim."),
  })
  .describe("What one signal says of the request.");

const targets = {
  region: place.optional().describe("A place: whatever computes, stores or is supported there."),
  operator: name.optional().describe("What it runs, or whoever it controls, or who lets it have the data."),
  group: name.optional().describe("An operator's whole group: whoever controls it, too."),
  mechanism: label
    .optional()
    .describe("A declared mechanism, a kind of them, or the instrument of a free destination."),
  regime: name.optional().describe("Whatever the regime applies to."),
  endpoint: name.optional().describe("That one."),
} satisfies Readonly<Record<LegalTarget["kind"], unknown>>;

const order = z
  .strictObject({
    ...targets,
    reason: z.enum(suspensionReasons).default("supervisory-order").describe("Why."),
    since: instant.optional().describe("From when it is in force; always, if left out."),
    until: instant.optional().describe("When it ends; never, if left out."),
  })
  .refine((value) => Object.keys(targets).filter((kind) => kind in value).length === 1, {
    error: `one of ${Object.keys(targets)
      .map((kind) => `\`${kind}\``)
      .join(", ")}`,
  })
  .describe("An order of a court or an authority, as if it stood.");

export type OrderDocument = z.output<typeof order>;

/** What a line may add to the policy, in the policy's own form. A name that the policy has is replaced. */
export const addableSections = ["operators", "cells", "endpoints", "models"] as const;

export const factsSchema = z
  .strictObject({
    id: label.optional().describe("Yours; repeated in the answer."),
    at: instant.optional().describe("When it is decided. Default: now."),
    tenant: name
      .optional()
      .describe("Start from this tenant's contract. `subjects`, `citizenships` and `class` then add to it."),
    cell: name.optional().describe("The cell that receives the request. Default: the best one that may."),
    model: modelAlias.optional().describe("The model that is asked for. Default: all."),
    ...contractFacts,
    orders: z.array(order).default([]).describe("Orders that stand, beside those that a cell holds."),
    claims: z.array(claim).default([]).describe("What signals say beside that, each with its basis."),
    operators: parts.operators.optional().describe("Operators beside those of the policy, in its form."),
    cells: parts.cells.optional().describe("Cells beside those of the policy, in its form."),
    endpoints: parts.endpoints.optional().describe("Endpoints beside those of the policy, in its form."),
    models: parts.models.optional().describe("Models beside those of the policy, in its form."),
  })
  .meta({
    title: "Bailiwick facts",
    description: "Everything that a rule may look at in one request; what is left out is unknown.",
  });

export type FactsDocument = z.output<typeof factsSchema>;
