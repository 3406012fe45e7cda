// What another gateway's configuration says, in words of no gateway's. Nothing in it says where anything computes.

export interface ForeignGateway {
  readonly endpoints: readonly ForeignEndpoint[];
  readonly models: readonly ForeignModel[];
  /** What has no counterpart here, each with its path in the file and the reason. */
  readonly leftOut: readonly LeftOut[];
}

/** As a policy names it. */
export type ImportedEngine =
  | "openai-compatible"
  | "openai"
  | "anthropic"
  | "azure-openai"
  | "bedrock"
  | "gemini"
  | "vertex"
  | "cohere";

export interface ForeignEndpoint {
  /** Unique among the file's. */
  readonly name: string;
  readonly engine: ImportedEngine;
  /** Without `/v1`; null where the file takes it from the environment, from which no policy does. */
  readonly url: string | null;
  /** The label of the provider's region; null where the file does not name one. */
  readonly region: string | null;
  /** The variable of the environment that holds its key; null where it needs none. */
  readonly keyVariable: string | null;
  /** Null as of the URL. */
  readonly query: Readonly<Record<string, string>> | null;
  /** For whoever reads the policy. */
  readonly remarks: readonly string[];
}

export interface ForeignModel {
  readonly alias: string;
  readonly servedBy: readonly ForeignServing[];
}

export interface ForeignServing {
  readonly endpoint: string;
  /** The engine's own name of the model. */
  readonly model: string;
  /** Asked only where those of a lower order are down or have failed. */
  readonly order: number;
  /** Its share among those of its order; null where the file does not say. */
  readonly weight: number | null;
}

export interface LeftOut {
  /** Such as `model_list[2]`. */
  readonly path: string;
  readonly reason: string;
}

/** The file is none of that gateway's. */
export class ForeignFileError extends Error {
  constructor(path: string, expected: string) {
    super(`\`${path}\`: expected ${expected}`);
    this.name = "ForeignFileError";
  }
}
