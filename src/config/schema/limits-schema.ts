// What may be used at most, and what it costs (docs/limits.md).
import { priorities } from "../../routing/index.ts";
import { z } from "zod";
import { budgetPeriods } from "../values/limits.ts";
import { count, name, text } from "./vocabulary.ts";

const rates = {
  "requests-per-minute": count(1, 10_000_000).optional().describe("Above this: 429."),
  "tokens-per-minute": count(1, 1_000_000_000)
    .optional()
    .describe("Read and written, reserved by a bound before a request is sent. Above this: 429."),
  "concurrent-requests": count(1, 1_000_000).optional().describe("Above this: 429."),
};

const currency = text("a currency such as `EUR`", /^[A-Z]{3}$/)
  .meta({ title: "currency" })
  .describe("One for all prices and budgets of the policy.");

function money(most: number) {
  const words = `an amount from 0 to ${most}, with six decimals at most`;
  return z
    .number({ error: words })
    .min(0, { error: words })
    .max(most, { error: words })
    .refine((amount) => Math.round(amount * 1_000_000) / 1_000_000 === amount, { error: words });
}

const budget = z
  .strictObject({
    amount: money(1_000_000_000).describe("How much may be spent in a period, in each cell."),
    currency,
    per: z.enum(budgetPeriods).describe("Of the calendar in UTC."),
  })
  .describe("Money that its requests may cost. Above this: 429.");

export const tenantLimits = z.strictObject({ ...rates, budget: budget.optional() });

/** Of a team or a key. */
const partLimits = z.strictObject(rates).default({});

export const priority = z
  .enum(priorities)
  .optional()
  .describe(
    "Who is served first of those that wait for room at an endpoint (docs/routing.md). A key's stands before its team's, and that before the tenant's. Left out everywhere: `normal`.",
  );

export const keyLimits = {
  team: name.optional().describe("Whose limits it counts towards too, from the tenant's `teams`."),
  limits: partLimits.describe("What it may use at most, beside its team and tenant."),
  priority,
};

export const team = z
  .strictObject({
    limits: partLimits.describe("What all its keys together may use at most."),
    priority,
  })
  .describe("A part of the tenant that shares limits.");

export const modelTokens = z
  .strictObject({
    context: count(1, 100_000_000).describe("The most tokens that a request has, as the model takes it."),
    output: count(1, 100_000_000).describe("The most tokens that one answer has."),
  })
  .describe("Bounds what a request may use, for `tokens-per-minute` and `budget` (docs/limits.md).");

export const price = z
  .strictObject({
    input: money(1_000_000).describe("Of a million tokens that are read."),
    "cached-input": money(1_000_000)
      .optional()
      .describe("Of a million tokens that the provider had read before. Default: as `input`."),
    output: money(1_000_000).describe("Of a million tokens that are written."),
    currency,
  })
  .describe("What the model costs there, for `budget`.");
