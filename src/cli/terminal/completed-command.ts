/** One command of the tree, flattened: `path` is ` ledger verify`, a blank before each word, so empty at the top. */
export interface CompletedCommand {
  readonly path: string;
  readonly words: readonly CompletedWord[];
}

export interface CompletedWord {
  readonly word: string;
  readonly description: string;
  readonly kind: "command" | "argument" | "option" | "option-with-value";
}
