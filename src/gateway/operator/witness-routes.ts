// This cell as a witness for others, over HTTP: https://c2sp.org/tlog-witness, and docs/spec/witness.md for `add-log`.
// Nobody is asked who they are: a request counts by the signatures in it. Nothing of one is ever logged.
import { type WitnessReply, WitnessUnavailableError } from "../../store/index.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { GatewayError } from "../exchange/gateway-error.ts";
import type { WitnessAnswers } from "../exchange/parts.ts";
import type { Route } from "../exchange/route.ts";
import { writeAnswer } from "../reply/write-answer.ts";
import { tellOfContradiction } from "./contradiction.ts";
import { RecordedContradictions } from "./recorded-contradictions.ts";

/** 63 hashes, and a checkpoint with a hundred signatures at the most. */
const maxCheckpointBytes = 32 * 1024;
/** A proof carries an entry of 4 KiB in base64. */
const maxProofBytes = 48 * 1024;

// Other cells that stop together still need these cosignatures for their last checkpoint: so while draining, too.
export function createWitnessRoutes(): readonly Route<Exchange>[] {
  const recorded = new RecordedContradictions();
  return [
    {
      path: "/witness/add-checkpoint",
      method: "POST",
      handle: (exchange) => addCheckpoint(exchange, recorded),
      isHealth: true,
    },
    {
      path: "/witness/add-log",
      method: "POST",
      handle: (exchange) => addLog(exchange, recorded),
      isHealth: true,
    },
    {
      path: "/witness/<origin hash>/checkpoint",
      pattern: /^\/witness\/[0-9a-f]{64}\/checkpoint$/,
      method: "GET",
      handle: showNewest,
      isHealth: true,
    },
  ];
}

async function addCheckpoint(exchange: Exchange, recorded: RecordedContradictions): Promise<void> {
  const witness = witnessOf(exchange);
  const body = await exchange.arrival.channel.body(maxCheckpointBytes, exchange);
  // Whoever has left has asked again since; taken late, the old request would look like a rollback.
  exchange.throwIfStopped();
  await answer(exchange, recorded, () => witness.addCheckpoint(body));
}

async function addLog(exchange: Exchange, recorded: RecordedContradictions): Promise<void> {
  const witness = witnessOf(exchange);
  const body = await exchange.arrival.channel.body(maxProofBytes, exchange);
  await answer(exchange, recorded, () => witness.addLog(body));
}

async function showNewest(exchange: Exchange): Promise<void> {
  const hash = exchange.head.target.split("/")[2] ?? "";
  const checkpoint = await witnessOf(exchange).newest(hash);
  if (checkpoint === null)
    throw new GatewayError("caller_unknown_route", "no log with this hash was cosigned here");
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  await writeAnswer(exchange, { status: 200, headers, body: checkpoint });
}

function witnessOf({ cell, progress }: Exchange): WitnessAnswers {
  progress.route = "witness";
  if (cell.witness === null) throw new GatewayError("caller_unknown_route", "this cell is no witness");
  return cell.witness;
}

async function answer(
  exchange: Exchange,
  recorded: RecordedContradictions,
  ask: () => Promise<WitnessReply>,
): Promise<void> {
  const { status, contentType, body, contradiction } = await ask().catch(unavailable);
  exchange.cell.meters.witnessed(status);
  if (contradiction !== null) await tellOfContradiction(exchange.cell, contradiction, recorded);
  const headers = { "content-type": contentType, "cache-control": "no-store" };
  await writeAnswer(exchange, { status, headers, body });
}

function unavailable(error: unknown): Omit<WitnessReply, "status"> & { readonly status: 503 } {
  if (!(error instanceof WitnessUnavailableError)) throw error;
  const body = "this witness cannot keep its record\n";
  return { status: 503, contentType: "text/plain; charset=utf-8", body, contradiction: null };
}
