// Where things lie in a bundle for an auditor (docs/spec/bundle.md).
/** One file of a bundle. */
export interface BundleMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const readmeName = "README.txt";
export const trustName = "trust.policy";

/** A whole log, as it was published. Its path is its origin. */
export function logFolder(origin: string): string {
  return `logs/${requirePlain(origin)}`;
}

/** A proof of one entry, which it carries. */
export function proofName(origin: string, index: number): string {
  return `entries/${requirePlain(origin)}/${index}.tlog-proof`;
}

/** A text of a policy that chosen entries name, under its SHA-256. Several logs may name the same one. */
export function textName(hash: string): string {
  return `${textFolder}${hash}`;
}

const textFolder = "policies/";

/** A proof of the entry that closed an earlier log and names the key of the next. Sorted, they are oldest first. */
export function closingName(origin: string): string {
  return `closings/${requirePlain(origin)}.tlog-proof`;
}

export interface BundleContents {
  readonly logFolders: readonly string[];
  readonly proofs: readonly string[];
  readonly closings: readonly string[];
  /** Of policies, beside chosen entries; those of whole logs lie in their folders. */
  readonly texts: readonly string[];
}

/** Tells files by their places, whoever made the archive. A log alone, or a ledger directory, is a bundle too. */
export function contentsOf(names: readonly string[]): BundleContents {
  const sorted = names.toSorted();
  return {
    logFolders: sorted
      .filter((name) => name === "checkpoint" || name.endsWith("/checkpoint"))
      .map((name) => name.slice(0, -"/checkpoint".length)),
    proofs: sorted.filter((name) => /^entries\/.*\.tlog-proof$/.test(name)),
    closings: sorted.filter((name) => /^closings\/.*\.tlog-proof$/.test(name)),
    texts: sorted.filter((name) => name.startsWith(textFolder)),
  };
}

function requirePlain(origin: string): string {
  const parts = origin.split("/");
  const isPlain = parts.every((part) => /^[A-Za-z0-9._@-]+$/.test(part) && !/^\.{1,2}$/.test(part));
  if (!isPlain) throw new RangeError(`origin \`${origin}\` cannot be the name of a folder`);
  return origin;
}
