// The one list of the kinds of engine. The schema of policies and providers is made from it, the providers room has to
// implement each, and a cell asks it what an endpoint of that kind needs.
import type { EvidenceClass } from "./regime.ts";

/** What has to be known of a kind of engine before it is called. How it is called is the business of the providers room. */
interface EngineKind {
  /** Whether it is another process with a URL, or runs inside the cell's own on a model file. */
  readonly isRemote: boolean;
  /** The best evidence of place that it can give. */
  readonly evidence: EvidenceClass;
  /** What in a call chooses where it computes, beside the URL, so that its places are known by a provider's data alone. */
  readonly placedBy?: "model" | "region";
  /** Realtime sessions, at OpenAI's own path. */
  readonly hasSessions?: true;
  /** Its `key` may be a file of credentials, as JSON. */
  readonly takesCredentialFile?: true;
}

const kinds = {
  "openai-compatible": { isRemote: true, evidence: "E1", hasSessions: true },
  // The simulated engine names its place in a response header, as no real server of this dialect does.
  sim: { isRemote: true, evidence: "E3", hasSessions: true },
  llamacpp: { isRemote: false, evidence: "E1" },
  // It names the geography of each answer, where that is one place.
  anthropic: { isRemote: true, evidence: "E3" },
  // Its answers name no place: the host is all that chooses.
  openai: { isRemote: true, evidence: "E1", hasSessions: true },
  // A header of its answers names a region, and no document says of what.
  "azure-openai": { isRemote: true, evidence: "E2", takesCredentialFile: true, hasSessions: true },
  // Its logs name the region of a call; no answer does.
  bedrock: { isRemote: true, evidence: "E1", placedBy: "model" },
  // It has no regions, and says nothing of where it ran.
  gemini: { isRemote: true, evidence: "E0" },
  vertex: { isRemote: true, evidence: "E1", placedBy: "region", takesCredentialFile: true },
  // Its own host has no regions, and no answer names a place: a deployment of one's own is where its URL is.
  cohere: { isRemote: true, evidence: "E1" },
} as const;

export type EngineName = keyof typeof kinds;

export const engineKinds: Readonly<Record<EngineName, EngineKind>> = kinds;

export const engineNames: readonly EngineName[] = Object.keys(engineKinds) as EngineName[];

/**
 * What Google Cloud calls a project, with an older domain before it where an organisation still has that, and a location. Both
 * become part of a path: INVARIANT: nothing that could lead it elsewhere.
 */
export const vertexProject: RegExp = /^(?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]{0,62}$/;
export const vertexLocation: RegExp = /^[a-z0-9-]+$/;

/** What another cell is to the cell that calls it. */
export const peerEngine: EngineName = "openai-compatible";

export function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(engineKinds, name);
}
