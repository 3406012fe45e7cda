// This cell as a witness for others, over HTTP: https://c2sp.org/tlog-witness, and docs/spec/witness.md for `add-log`.
// Nobody is asked who they are: a request counts by the signatures in it. Nothing of one is ever logged.
import { type Witness, type WitnessReply, WitnessUnavailableError } from "../../store/index.ts";
import type { Exchange } from "../exchange.ts";
import { GatewayError } from "../gateway-error.ts";
import { readRequestBody } from "../read-body.ts";
import type { Route } from "../routes.ts";
import { writeAnswer } from "../write-answer.ts";
import { tellOfContradiction } from "./contradiction.ts";

/** 63 hashes, and a checkpoint with a hundred signatures at the most. */
const maxCheckpointBytes = 32 * 1024;
/** A proof carries an entry of 4 KiB in base64. */
const maxProofBytes = 48 * 1024;

// Other cells that stop together still need these cosignatures for their last checkpoint: so while draining, too.
export const witnessRoutes: readonly Route[] = [
  { path: "/witness/add-checkpoint", method: "POST", handle: addCheckpoint, isHealth: true },
  { path: "/witness/add-log", method: "POST", handle: addLog, isHealth: true },
  {
    path: "/witness/<origin hash>/checkpoint",
    pattern: /^\/witness\/[0-9a-f]{64}\/checkpoint$/,
    method: "GET",
    handle: showNewest,
    isHealth: true,
  },
];

async function addCheckpoint(exchange: Exchange): Promise<void> {
  const witness = witnessOf(exchange);
  const body = await readRequestBody(exchange, maxCheckpointBytes);
  // Whoever has left has asked again since; taken late, the old request would look like a rollback.
  exchange.throwIfStopped();
  await answer(exchange, () => witness.addCheckpoint(body));
}

async function addLog(exchange: Exchange): Promise<void> {
  const witness = witnessOf(exchange);
  const body = await readRequestBody(exchange, maxProofBytes);
  await answer(exchange, () => witness.addLog(body));
}

async function showNewest(exchange: Exchange): Promise<void> {
  const hash = exchange.arrival.request.url?.split("/")[2] ?? "";
  const checkpoint = witnessOf(exchange).newest(hash);
  if (checkpoint === null)
    throw new GatewayError("caller_unknown_route", "no log with this hash was cosigned here");
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  writeAnswer(exchange, { status: 200, headers, body: checkpoint });
}

function witnessOf({ cell, progress }: Exchange): Witness {
  progress.route = "witness";
  if (cell.witness === null) throw new GatewayError("caller_unknown_route", "this cell is no witness");
  return cell.witness;
}

async function answer(exchange: Exchange, ask: () => Promise<WitnessReply>): Promise<void> {
  const { status, contentType, body, contradiction } = await ask().catch(unavailable);
  exchange.cell.meters.witnessed(status);
  if (contradiction !== null) await tellOfContradiction(exchange.cell, contradiction);
  const headers = { "content-type": contentType, "cache-control": "no-store" };
  writeAnswer(exchange, { status, headers, body });
}

function unavailable(error: unknown): Omit<WitnessReply, "status"> & { readonly status: 503 } {
  if (!(error instanceof WitnessUnavailableError)) throw error;
  const body = "this witness cannot keep its record\n";
  return { status: 503, contentType: "text/plain; charset=utf-8", body, contradiction: null };
}
