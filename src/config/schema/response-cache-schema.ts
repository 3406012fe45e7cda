// Whose answers may be given again (docs/response-cache.md).
import { z } from "zod";
import { classes, count, modelAlias } from "./vocabulary.ts";

const [day, kibibyte] = [24 * 60 * 60, 1024];

export const responseCache = z
  .strictObject({
    models: z
      .array(modelAlias)
      .min(1, { error: "at least one model" })
      .describe("Whose answers are kept: a caller gets the same answer again to the same request."),
    classes: classes.describe(
      "Requests that hold nothing but these have their answers kept; all others never.",
    ),
    "lifetime-seconds": count(1, 7 * day).describe("An answer is given again for no longer than this."),
    "max-bytes": count(64 * kibibyte, 4 * 1024 * 1024 * kibibyte).describe(
      "How much memory the tenant's answers may take in each gateway thread. The longest unused go first.",
    ),
  })
  .describe(
    "Answers are kept in memory, encrypted under their subject's key, and given again to the same request (docs/response-cache.md). Left out: never.",
  );
