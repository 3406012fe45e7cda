// Policy tests: facts, and what the law must say of them. `bailiwick test` runs such files.
import { fail, ok, type Result } from "../../base/index.ts";
import { z } from "zod";
import { checkShape } from "../schema/check-shape.ts";
import { factsSchema } from "../schema/facts-schema.ts";
import { type Finding, type Position, type Problem, toFindings } from "../yaml/finding.ts";
import { filePath, label, name, oneOrMany } from "../schema/vocabulary.ts";
import { readYaml } from "../yaml/yaml-reader.ts";
import { locate, textOf, toPlain, type YamlNode } from "../yaml/yaml-tree.ts";

const labels = oneOrMany(label, "a text, or a list of texts").meta({ title: "text, or list of texts" });

const expectation = z
  .strictObject({
    verdict: z
      .enum(["permit", "no_lawful_endpoint", "jurisdiction_unknown"])
      .optional()
      .describe("The outcome of the whole request."),
    served: z
      .array(name)
      .optional()
      .describe("Endpoints in the order of their use, over all cells that may receive the request."),
    "refused-by": labels.optional().describe("Rules that keep some endpoint from being used."),
    missing: labels.optional().describe("Facts whose absence is a reason."),
    endpoints: z
      .record(
        name,
        z.strictObject({
          verdict: z
            .enum(["lawful", "lawful-only-with", "unlawful", "unknown"])
            .describe("What the law says of it."),
          permitted: z.boolean().optional().describe("Whether it may be used."),
          rule: label.optional().describe("A rule that says so."),
          article: label.optional().describe("A part of that rule's article, such as `Art. 44`."),
          with: name.optional().describe("The declared transfer tool, or the contract, on which it rests."),
          needs: labels.optional().describe("What is missing, each by the name that packs give it."),
        }),
      )
      .optional()
      .describe("What is said of single endpoints."),
  })
  .refine((value) => Object.keys(value).length > 0, { error: "at least one expectation" })
  .describe("What the law must say.");

export const testFileSchema = z
  .strictObject({
    policy: filePath.describe("The policy file, from this file's folder."),
    tests: z
      .array(
        factsSchema.omit({ id: true }).extend({
          name: label.describe("What is expected, as a sentence."),
          expect: expectation,
        }),
      )
      .min(1, { error: "at least one test" })
      .describe("Facts as `bailiwick decide` reads them, and what the law must say of them."),
  })
  .meta({ title: "Bailiwick policy tests", description: "Unit tests of a policy, run by `bailiwick test`." });

export type Expectation = z.output<typeof expectation>;

export interface PolicyTest {
  readonly name: string;
  readonly at: Position;
  /** The facts as one line of JSON, which a fact session reads; see {@link factsSchema}. */
  readonly facts: string;
  readonly expect: Expectation;
}

export interface TestFile {
  /** As written. */
  readonly policy: string;
  readonly tests: readonly PolicyTest[];
}

/** Never throws. */
export function parseTestFile(file: string, text: string): Result<TestFile, readonly Finding[]> {
  const { root, problems } = readYaml(text);
  if (!root) return fail(toFindings(file, problems));
  const shape = checkShape(testFileSchema, root);
  const all = [...problems, ...(shape.ok ? [] : shape.error), ...repeatedNames(root)];
  if (!shape.ok || all.length > 0) return fail(toFindings(file, all));
  const nodes = locate(root, "tests", "*").map(({ node }) => node);
  const tests = shape.value.tests.map((test, index): PolicyTest => {
    const node = nodes[index];
    if (node === undefined) throw new TypeError("a test without a node passed the schema");
    return { name: test.name, at: node.at, facts: factsOf(node), expect: test.expect };
  });
  return ok({ policy: shape.value.policy, tests });
}

/** Keeps the facts as their author wrote them, because what they are read into has no way back to text. */
function factsOf(test: YamlNode): string {
  const { name: _name, expect: _expect, ...facts } = toPlain(test) as Record<string, unknown>;
  return JSON.stringify(facts);
}

function repeatedNames(root: YamlNode): readonly Problem[] {
  const seen = new Set<string>();
  return locate(root, "tests", "*", "name").flatMap(({ node, path }) => {
    const name = textOf(node) ?? "";
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ at: node.at, path, found: "the name of another test", expected: "a name of its own" }];
  });
}
