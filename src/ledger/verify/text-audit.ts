// The texts of the policies that a log names: they lie beside it under their hashes, so each vouches for itself.
import { toHex } from "../../base/index.ts";
import type { PolicyEntry } from "../entry/lifecycle-entry.ts";
import type { Sha256 } from "../tree/digest.ts";
import type { AuditedLog } from "./tile-audit.ts";

/** Below a log's prefix. */
export const textDirectory = "policies";

export function textPath(hash: string): string {
  return `${textDirectory}/${hash}`;
}

export class TextAudit {
  readonly #log: AuditedLog;
  readonly #sha256: Sha256;
  /** By hash, with the first entry that names it. */
  readonly #named = new Map<string, number>();

  constructor(log: AuditedLog, sha256: Sha256) {
    this.#log = log;
    this.#sha256 = sha256;
  }

  note(index: number, { texts }: PolicyEntry): void {
    for (const { hash } of texts) if (!this.#named.has(hash)) this.#named.set(hash, index);
  }

  /** The cell wrote each before the entry that names it, so wherever the log is whole they are all there. */
  async finish(): Promise<void> {
    const { reader, problems } = this.#log;
    const listed = await reader.list(textDirectory);
    for (const hash of new Set([...this.#named.keys(), ...listed])) {
      const bytes = await reader.read(textPath(hash));
      const fault = bytes === null ? "it is missing" : this.#isOf(bytes, hash) ? null : "it has another hash";
      if (fault !== null) {
        problems.add("policy_text", textPath(hash), fault, { index: this.#named.get(hash) ?? null });
      }
    }
  }

  #isOf(bytes: Uint8Array, hash: string): boolean {
    return toHex(this.#sha256(bytes)) === hash;
  }
}
