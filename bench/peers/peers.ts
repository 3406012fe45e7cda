import { bailiwick } from "./bailiwick.ts";
import { bifrost, litellm, portkey } from "./gateways.ts";
import { pipe } from "./node-programs.ts";
import type { Peer } from "./peer.ts";
import { envoy, haproxy, nginx } from "./proxies.ts";

/** nginx comes first: what others cost is told as a multiple of it. */
export const peers: readonly Peer[] = [nginx, haproxy, envoy, pipe, bailiwick, portkey, litellm, bifrost];
