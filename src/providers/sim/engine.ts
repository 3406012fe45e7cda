import { parsePlace } from "../../base/index.ts";
import { engineOperations } from "../../wire/index.ts";
import { openHttpConnection } from "../http/connection.ts";
import { readCallId } from "../call-id.ts";
import type { Engine, Evidence } from "../provider.ts";
import { servesOf } from "../serves.ts";

/** A simulated engine. It is called like a vLLM server, and each answer states where it was computed. */
export const sim: Engine = {
  name: "sim",
  speaks: engineOperations.map(({ name }) => name),
  open: (address, maxConnections) => openHttpConnection(address, servesOf(address, sim), { maxConnections }),
  evidence: (_address, headers) => ({
    ...readStatedPlace(headers[placeHeader]),
    callId: readCallId(headers, ["x-request-id"]),
  }),
};

const placeHeader = "x-sim-place";

function readStatedPlace(stated: string | undefined): Omit<Evidence, "callId"> {
  const place = parsePlace(stated ?? "");
  return place.ok
    ? { evidenceClass: "E3", places: [place.value], source: placeHeader, isElsewhere: false }
    : { evidenceClass: "E0", places: [], source: placeHeader, isElsewhere: false };
}
