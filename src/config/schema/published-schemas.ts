import { z } from "zod";
import { cellFileSchema } from "./cell-file-schema.ts";
import { factsSchema } from "./facts-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { packSchema } from "./pack-schema.ts";
import { policySchema } from "./policy-schema.ts";
import { providerSchema } from "./provider-schema.ts";
import { testFileSchema } from "../facts/test-file.ts";

/** For editors: what a policy file may hold, with descriptions. */
export function policyJsonSchema(): JsonSchema {
  return toJsonSchema(policySchema);
}

export function packJsonSchema(): JsonSchema {
  return toJsonSchema(packSchema);
}

export function providerJsonSchema(): JsonSchema {
  return toJsonSchema(providerSchema);
}

export function cellFileJsonSchema(): JsonSchema {
  return toJsonSchema(cellFileSchema);
}

/** For whoever examines the law from outside: one line of `bailiwick decide`. */
export function factsJsonSchema(): JsonSchema {
  return toJsonSchema(factsSchema);
}

export function testFileJsonSchema(): JsonSchema {
  return toJsonSchema(testFileSchema);
}

/** Describes what an author writes, not what it is read into. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
}
