// The only door from this process to a model server.
export {
  type Calling,
  type EndpointAddress,
  type Evidence,
  NotPermittedError,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamError,
  type UpstreamFailure,
} from "./provider.ts";
export { openUpstreams, type Upstreams } from "./send.ts";
export { startSimulatedEngine } from "./sim/server.ts";
export { instantTiming, type Timing } from "./sim/timing.ts";
