import type { RequestClaims } from "../../config/index.ts";
import type { ObjectHead } from "../../privacy/index.ts";
import type { FilePurpose, FileView } from "../../wire/index.ts";

/** What is said of a file, sealed beside it. INVARIANT: plain data. */
export interface FileAbout {
  readonly filename: string;
  readonly purpose: FilePurpose;
  readonly bytes: number;
  /** All that was claimed of its subject when it was left here: whoever takes it, or runs it, is decided on that too. */
  readonly claims: RequestClaims;
}

export function fileView({ id, createdAtMs, expiresAtMs }: ObjectHead, about: FileAbout): FileView {
  const { filename, purpose, bytes } = about;
  return { id, createdAtMs, expiresAtMs, filename, purpose, bytes };
}
