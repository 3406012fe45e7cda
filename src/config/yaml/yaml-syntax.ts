import type { ErrorCode } from "yaml";

/** What the reader of YAML stumbled over, in our words: the library's own messages quote the file, secrets included. */
export interface SyntaxProblem {
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
}

const nothingElse = { found: "something that is no YAML", expected: "YAML 1.2" };

export const syntaxProblems: Readonly<Record<ErrorCode, SyntaxProblem>> = {
  ALIAS_PROPS: { found: "an alias with an anchor or a tag", expected: "the alias alone" },
  BAD_ALIAS: { found: "an alias or anchor without a usable name", expected: "a name after `*` or `&`" },
  BAD_COLLECTION_TYPE: nothingElse,
  BAD_DIRECTIVE: { found: "a directive", expected: "none" },
  BAD_DQ_ESCAPE: {
    found: "an escape that YAML does not know",
    expected: "one such as `\\n` or `\\u00e9`",
    hint: "single quotes take every character as it is",
  },
  BAD_INDENT: {
    found: "an indentation that fits no line above",
    expected: "the indentation of a sibling or a parent",
  },
  BAD_PROP_ORDER: { found: "an anchor or a tag in the wrong place", expected: "it right before its value" },
  BAD_SCALAR_START: {
    found: "a text that starts with a reserved character",
    expected: "quotes around it",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    found: "a mapping within a line",
    expected: "one `key: value` per line",
    hint: "a text that holds `: ` needs quotes",
  },
  BLOCK_IN_FLOW: {
    found: "an indented block inside `{}` or `[]`",
    expected: "`{ key: value }` or `[ value ]`",
  },
  DUPLICATE_KEY: { found: "a key a second time", expected: "each key once" },
  IMPOSSIBLE: nothingElse,
  KEY_OVER_1024_CHARS: { found: "a key of more than 1024 characters", expected: "a short name" },
  MISSING_CHAR: {
    found: "an end where more should come",
    expected: "a space, a comma, a colon, or the closing quote or bracket",
  },
  MULTILINE_IMPLICIT_KEY: {
    found: "a key that runs over lines",
    expected: "`key: value` on one line",
    hint: "perhaps a colon or a closing quote or bracket is missing",
  },
  MULTIPLE_ANCHORS: { found: "two anchors on one value", expected: "one" },
  MULTIPLE_DOCS: { found: "a second document", expected: "one document in the file" },
  MULTIPLE_TAGS: { found: "two tags on one value", expected: "none" },
  NON_STRING_KEY: { found: "a key that is no text", expected: "a name" },
  RESOURCE_EXHAUSTION: { found: "values nested too deeply", expected: "fewer levels" },
  TAB_AS_INDENT: { found: "a tab", expected: "spaces for indentation" },
  TAG_RESOLVE_FAILED: { found: "a tag", expected: "none" },
  UNEXPECTED_TOKEN: {
    found: "something that cannot stand here",
    expected: "a key, a value, or the end of this block",
    hint: "a text that holds `: ` or ` #`, or starts with a special character, needs quotes",
  },
};
