// What callers are told, and what the ledger notes, of everything that a hosted provider may do to a call: the tests of the
// providers and docs/providers.md are this table.
import type { EngineName } from "../../src/law/index.ts";

export interface ProviderCase {
  readonly name: ProviderCaseName;
  /** For readers. */
  readonly title: string;
  /** What the caller is told; what each attempt noted, in their order. `{grade}`: that of the engine's answers. */
  readonly expected: string;
  /** Of an engine for which it differs. */
  readonly of?: Readonly<Partial<Record<HostedEngine, string>>>;
}

/** The grade and the place of what each one's ordinary answers show. What an engine is asked in beside its first stands in brackets. */
export const grades = {
  anthropic: "E3 US, id",
  openai: "E1, id",
  "azure-openai": "E2 US, id",
  bedrock: "E1, id",
  "bedrock (Converse)": "E1, id",
  gemini: "E0, id",
  vertex: "E1, id",
  cohere: "E1, id",
} as const satisfies Partial<Record<EngineName | `${EngineName} (${string})`, string>>;

export type HostedEngine = keyof typeof grades;

export function engineOf(hosted: HostedEngine): EngineName {
  return hosted.replace(/ .*/, "") as EngineName;
}

/** Those whose answers name the call in their body. An error has no name for it, or none that is looked for. */
const namedByBody: ReadonlySet<HostedEngine> = new Set(["gemini", "vertex", "cohere"]);

export function expectedOf({ expected, of }: ProviderCase, engine: HostedEngine): string {
  const usual = namedByBody.has(engine) ? expected.replaceAll(", id", "") : expected;
  return (of?.[engine] ?? usual).replace("{grade}", grades[engine]);
}

export type ProviderCaseName = (typeof names)[number];

const names = [
  "answer",
  "stream",
  "tools",
  "credential",
  "400",
  "401",
  "403",
  "404",
  "408",
  "413",
  "422",
  "429",
  "500",
  "503",
  "529",
  "retry-after",
  "slow",
  "cut",
  "cut-stream",
  "garbage",
  "elsewhere",
] as const;

export const providerCases: readonly ProviderCase[] = [
  { name: "answer", title: "an answer", expected: "200; {grade}" },
  { name: "stream", title: "a stream", expected: "200; {grade}" },
  { name: "tools", title: "an answer that calls a tool", expected: "200; {grade}" },
  {
    name: "credential",
    title: "the key is refused",
    expected: "502 provider_failed; status_401, id",
    of: {
      bedrock: "502 provider_failed; status_403, id",
      "bedrock (Converse)": "502 provider_failed; status_403, id",
      gemini: "502 provider_failed; status_400_key",
    },
  },
  { name: "400", title: "400", expected: "400 provider_rejected; rejected, id" },
  { name: "401", title: "401", expected: "502 provider_failed; status_401, id" },
  { name: "403", title: "403", expected: "502 provider_failed; status_403, id" },
  { name: "404", title: "404", expected: "502 provider_failed; status_404, id" },
  { name: "408", title: "408", expected: "503 policy_region_unavailable; status_408, id" },
  {
    name: "413",
    title: "413",
    expected: "413 provider_rejected; rejected, id",
    of: { anthropic: "413 request_too_large; rejected, id" },
  },
  { name: "422", title: "422", expected: "422 provider_rejected; rejected, id" },
  { name: "429", title: "429", expected: "429 provider_saturated; status_429, id" },
  { name: "500", title: "500", expected: "502 provider_failed; status_500, id" },
  { name: "503", title: "503", expected: "503 policy_region_unavailable; status_503, id" },
  { name: "529", title: "529", expected: "429 provider_saturated; status_529, id" },
  {
    name: "retry-after",
    title: "429 that says when to ask again, then an answer",
    expected: "200; status_429, id → {grade}",
  },
  { name: "slow", title: "no answer before the deadline", expected: "504 provider_timeout; deadline" },
  { name: "cut", title: "an answer that is cut", expected: "503 policy_region_unavailable; broken, id" },
  {
    name: "cut-stream",
    title: "a stream that is cut",
    expected: "200 provider_interrupted; broken, id",
    of: {
      gemini: "200 provider_interrupted; broken, id",
      vertex: "200 provider_interrupted; broken, id",
      cohere: "200 provider_interrupted; broken, id",
    },
  },
  { name: "garbage", title: "bytes that are no answer", expected: "502 provider_failed; garbage, id" },
  {
    name: "elsewhere",
    title: "an answer from outside the permit",
    expected: "503 policy_region_unavailable; evidence_elsewhere, id, violation",
    of: {
      openai: "200; {grade}",
      bedrock: "200; {grade}",
      "bedrock (Converse)": "200; {grade}",
      gemini: "200; {grade}",
      vertex: "200; {grade}",
      cohere: "200; {grade}",
    },
  },
];
