// The only door from this process to a model server.
export { attestationFaultNames } from "./attestation/attestation-fault.ts";
export { publicKeyHash } from "./attestation/endorsement.ts";
export { readAnswer, readGenuineReport } from "./attestation/sev-snp.ts";
export type { SnpReport } from "./attestation/snp-report.ts";
export { azureRegionName, placeOfRegion as placeOfAzureRegion } from "./azure-openai/regions.ts";
export { askInferenceProfile, type ProfileFault, profileNamedBy } from "./bedrock/inference-profile.ts";
export {
  type AnswerHeaders,
  type AnswerReceiver,
  type Calling,
  type CallUnderWay,
  type EndpointAddress,
  type Evidence,
  noEvidence,
  NotPermittedError,
  type SessionAnswer,
  type UpstreamCall,
  UpstreamError,
  type UpstreamFailure,
} from "./provider.ts";
export { addressFault } from "./providers.ts";
export { openUpstreams, type Upstreams } from "./send.ts";
export { startSimulatedEngine } from "./sim/server.ts";
export { instantTiming, type Timing } from "./sim/timing.ts";
