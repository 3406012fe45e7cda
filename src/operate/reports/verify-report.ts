// Checks a report offline, from nothing but its folder and a trust file.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { decodeUtf8, equalBytes, fail, fromHex, ok, type Result } from "../../base/index.ts";
import { absentAsSync } from "../../disk/index.ts";
import { sha256, verifyEd25519 } from "../../keys/index.ts";
import {
  type Checkpoint,
  parseEntry,
  parseProofFile,
  type PolicyEntry,
  type ProofFile,
  textPath,
  type TrustPolicy,
  trustingClosings,
  verifyCheckpoint,
  verifyProofFile,
} from "../../ledger/index.ts";
import { digestOf, manifestName, verifyManifest } from "./manifest.ts";
import type { Citation, Report } from "./report.ts";

export interface ReportVerdict {
  readonly fileCount: number;
  readonly proofCount: number;
  /** None: the report is what its key signed, and every record that it cites stands in its log. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
  /** What the report says of itself; null when its signature does not verify. */
  readonly report: Report | null;
}

/** Rejects only where the folder cannot be read. */
export function verifyReport(folder: string, trust: TrustPolicy): ReportVerdict {
  return new ReportVerification(folder, trust).run();
}

class ReportVerification {
  readonly #folder: string;
  /** With the keys of logs that an earlier log's closing names; the reader's trust file need not. */
  #trust: TrustPolicy;
  readonly #problems: { path: string; reason: string }[] = [];

  constructor(folder: string, trust: TrustPolicy) {
    this.#folder = folder;
    this.#trust = trust;
  }

  run(): ReportVerdict {
    const problems = this.#problems;
    const digests = verifyManifest(readFileSync(join(this.#folder, manifestName)), this.#trust.logs);
    if (!digests.ok) {
      problems.push({ path: manifestName, reason: digests.error });
      return { fileCount: 0, proofCount: 0, problems, report: null };
    }
    this.#checkFiles(digests.value);
    const report = this.#readReport();
    if (report !== null) this.#checkRecords(report);
    return { fileCount: digests.value.size, proofCount: report?.citations.length ?? 0, problems, report };
  }

  #checkFiles(digests: ReadonlyMap<string, string>): void {
    for (const [path, digest] of digests) {
      const bytes = this.#read(path);
      if (bytes === null) this.#problems.push({ path, reason: "it is missing" });
      else if (digestOf(bytes) !== digest)
        this.#problems.push({ path, reason: "it is not the file that was signed" });
    }
    for (const path of filesBelow(this.#folder)) {
      if (path !== manifestName && !digests.has(path)) {
        this.#problems.push({ path, reason: "it was not signed with the report" });
      }
    }
  }

  #readReport(): Report | null {
    try {
      return JSON.parse(decodeUtf8(this.#read("report.json") ?? new Uint8Array()) ?? "") as Report;
    } catch {
      this.#problems.push({ path: "report.json", reason: "it is not JSON" });
      return null;
    }
  }

  #checkRecords({ citations, sources }: Report): void {
    this.#trust = trustingClosings(this.#trust, this.#closings(citations), { sha256, verifyEd25519 });
    for (const source of sources) {
      const checkpoint = this.#checkSource(source);
      if (checkpoint === null) continue;
      for (const citation of citations.filter(({ origin }) => origin === source.origin)) {
        const problem = this.#checkCitation(citation, checkpoint);
        if (!problem.ok) this.#problems.push({ path: citation.proof, reason: problem.error });
      }
    }
    const known = new Set(sources.map(({ origin }) => origin));
    for (const { origin, proof } of citations) {
      if (!known.has(origin))
        this.#problems.push({ path: proof, reason: `${origin} is no source of the report` });
    }
  }

  #checkSource({ origin, size, root, checkpoint: path }: Report["sources"][number]): Checkpoint | null {
    const checkpoint = verifyCheckpoint(this.#read(path) ?? new Uint8Array(), this.#trust, verifyEd25519);
    if (!checkpoint.ok) {
      this.#problems.push({ path, reason: checkpoint.error });
      return null;
    }
    const stated = checkpoint.value;
    const isTheSame =
      stated.origin === origin &&
      stated.size === size &&
      equalBytes(stated.root, fromHex(root) ?? new Uint8Array());
    if (!isTheSame) this.#problems.push({ path, reason: "it is not the tree that the report names" });
    return isTheSame ? stated : null;
  }

  #checkCitation({ proof: path, index, kind }: Citation, head: Checkpoint): Result<null, string> {
    const bytes = this.#read(path);
    if (bytes === null) return fail("it is missing");
    const proof = parseProofFile(bytes);
    if (!proof.ok) return proof;
    const { extra } = proof.value;
    if (extra === null) return fail("it carries no entry");
    if (proof.value.index !== index) return fail(`it is about entry ${proof.value.index}, not ${index}`);
    const proven = verifyProofFile(proof.value, {
      entry: extra,
      trust: this.#trust,
      sha256,
      verifyEd25519,
    });
    if (!proven.ok) return proven;
    if (proven.value.origin !== head.origin || !equalBytes(proven.value.root, head.root)) {
      return fail("it is proven under another tree than the one that the report names");
    }
    const entry = parseEntry(extra);
    if (!entry.ok) return fail(entry.error.reason);
    if (entry.value.t !== kind) return fail(`its entry is of kind \`${entry.value.t}\`, not \`${kind}\``);
    return entry.value.t === "policy" ? this.#checkTexts(entry.value) : ok(null);
  }

  /** A cited policy is there to be read. */
  #checkTexts({ texts }: PolicyEntry): Result<null, string> {
    const isThere = (hash: string): boolean => {
      const bytes = this.#read(textPath(hash));
      return bytes !== null && digestOf(bytes) === hash;
    };
    const missing = texts.find(({ hash }) => !isThere(hash));
    return missing === undefined ? ok(null) : fail(`the text ${missing.hash} that it names is not there`);
  }

  /** Oldest first: each month's vouches for the key of the next. */
  #closings(citations: readonly Citation[]): readonly ProofFile[] {
    return citations
      .filter(({ kind }) => kind === "closed")
      .toSorted((left, right) => (left.origin < right.origin ? -1 : 1))
      .flatMap(({ proof }) => {
        const parsed = parseProofFile(this.#read(proof) ?? new Uint8Array());
        return parsed.ok ? [parsed.value] : [];
      });
  }

  #read(path: string): Uint8Array | null {
    return absentAsSync(() => readFileSync(join(this.#folder, path)), null);
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
