import { parsePlace } from "../../base/index.ts";
import { openHttpConnection } from "../openai-compatible/connection.ts";
import type { Engine, Evidence } from "../provider.ts";

/** A simulated engine. It is called like a vLLM server, and each answer states where it was computed. */
export const sim: Engine = {
  name: "sim",
  open: openHttpConnection,
  evidence: (_address, headers) => readStatedPlace(headers[placeHeader]),
};

const placeHeader = "x-sim-place";

function readStatedPlace(stated: string | undefined): Evidence {
  const place = parsePlace(stated ?? "");
  return place.ok
    ? { evidenceClass: "E3", places: [place.value], source: placeHeader, isElsewhere: false }
    : { evidenceClass: "E0", places: [], source: placeHeader, isElsewhere: false };
}
