import type { EvidenceClass } from "../law/index.ts";

/** What a policy has to know about a kind of engine. How it is called is the business of the providers room. */
interface EngineKind {
  /** Whether it is another process with a URL, or runs inside the cell's own. */
  readonly isRemote: boolean;
  /** The best evidence of place that it can give. */
  readonly evidence: EvidenceClass;
}

/** Every engine that a policy may name; the providers room has a row for each. */
export const engineKinds = {
  "openai-compatible": { isRemote: true, evidence: "E1" },
  // The simulated engine names its place in a response header, as no real server of this dialect does.
  sim: { isRemote: true, evidence: "E3" },
  llamacpp: { isRemote: false, evidence: "E1" },
} as const satisfies Readonly<Record<string, EngineKind>>;

export type EngineName = keyof typeof engineKinds;

export const engineNames: readonly EngineName[] = Object.keys(engineKinds) as EngineName[];
