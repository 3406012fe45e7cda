import { maxBytes, maxDepth, maxValues } from "../yaml/yaml-bounds.ts";

/** The prose part of docs/config.md: what holds for all files, and is not in any schema. */
export const readingRules: string = `# Configuration

<!-- Written by \`node tools/generate-docs.ts\` from the schemas in src/config/. Change those. -->

Three kinds of file, all YAML 1.2. The **policy** is one for all cells: who sends, who computes, under which laws. It holds no secrets
and no ports. The **cell file** is about one cell's own machine. A **pack** is one law as data, and a **provider** the places of one service. \`bailiwick check FILE\` reads a policy with its
packs and prints everything that is wrong at once:

\`\`\`
policy.yaml:12:15: error: endpoints.fra-1.place: found \`uk\`, expected a place such as \`DE\`, \`CA-QC\` or \`AE+DIFC\`, or a list of places
  hint: \`uk\` is not a place; places are written in upper case: \`GB\`
\`\`\`

Editors complete and check these files with the JSON Schemas in \`schema/\`; put this on a file's first line, with the path from there:

\`\`\`yaml
# yaml-language-server: $schema=../../schema/policy.schema.json
\`\`\`

## How files are read

Whoever signs a policy must be able to see what it says, so less is allowed than YAML allows:

- A key that is not in the tables below is an error, and so is a key that stands twice in one mapping.
- Text is text: \`NO\` is Norway and never \`false\`. Where text is expected a bare number such as \`1.10\` is an error; put it in quotes.
- **Places** are ISO 3166 codes in upper case: a country (\`DE\`), a subdivision (\`CA-QC\`), or a private code for a legal order inside a country
  (\`AE+DIFC\`). \`UK\` and \`EL\`, which ISO does not assign, are errors that name \`GB\` and \`GR\`. A **zone** is a place, \`EU\`, \`EEA\`, or a list of them; \`AE !AE+DIFC\`
  leaves out a part. \`XK\` is Kosovo.
- **Dates** are days (\`2027-05-13\`, midnight UTC) or instants with their offset (\`2027-05-13T00:00:00+02:00\`). A local time is an error.
  \`until\` is the first moment at which something no longer holds. In a pack a day begins at midnight of the law's own places, its home or those that it covers: where
  they have several midnights, by zone or by season, the one at which less is allowed. Mechanisms and certificates of your own policy go by UTC; write the offset where it matters.
- **Secrets** are referred to as \`\${env:NAME}\` or \`\${file:PATH}\`, and only where a table says so. API keys of tenants are stored as SHA-256. Whatever
  else stands in such a field is an error that does not show it.
- Anchors and aliases work. Tags (\`!!str\`), merge keys (\`<<\`), directives (\`%YAML\`), tabs as indentation, a second document and the key
  \`__proto__\` are errors.
- A file has at most ${maxBytes} bytes, ${maxDepth} levels and ${maxValues} values, with aliases written out.

Some findings are warnings: the policy works, and its author should look. An endpoint that no model uses is one, a pinned pack whose
text nobody has verified is another.`;
