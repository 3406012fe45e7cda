import { metricsContentType } from "../telemetry/index.ts";
import type { Exchange } from "./exchange.ts";
import { writeAnswer } from "./write-answer.ts";

const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const json = { "content-type": "application/json", "cache-control": "no-store" };

/** The process runs. Whoever restarts it on anything more makes an outage of a full disk. */
export async function livez(exchange: Exchange): Promise<void> {
  exchange.progress.route = "health";
  writeAnswer(exchange, { status: 200, headers: text, body: "ok\n" });
}

interface Check {
  readonly name: string;
  readonly isOk: boolean;
}

/**
 * This cell takes requests. `?verbose` says which cell it is and what was looked at. A policy file that was refused leaves
 * it ready, under the last good one, and is told by `policyRefusal`; so does a key service that is down, for keys in memory
 * go on, and that is told by `areKeysAvailable`.
 */
export async function readyz(exchange: Exchange): Promise<void> {
  exchange.progress.route = "health";
  const { cell, arrival } = exchange;
  const checks: readonly Check[] = [
    { name: "policy", isOk: cell.policy.law.hash !== "" },
    { name: "ledger", isOk: cell.ledger.state().isWritable },
    { name: "accepting", isOk: !cell.life.isDraining },
  ];
  const isReady = checks.every(({ isOk }) => isOk);
  const status = isReady ? 200 : 503;
  if (!/[?&]verbose(?:[=&]|$)/.test(arrival.request.url ?? "")) {
    return writeAnswer(exchange, { status, headers: text, body: isReady ? "ok\n" : "not ready\n" });
  }
  const packs = cell.policy.packs.map(({ id, version, sha256 }) => ({ id, version, sha256 }));
  const { policyRefusal, areKeysAvailable } = cell.life;
  const policy = cell.policy.law.hash;
  const about = { cell: cell.cell, policy, policyRefusal, areKeysAvailable, packs };
  const body = JSON.stringify({ ...about, isReady, checks });
  return writeAnswer(exchange, { status, headers: json, body });
}

export async function metrics(exchange: Exchange): Promise<void> {
  exchange.progress.route = "health";
  const { cell } = exchange;
  cell.meters.ledger(cell.ledger.state(), cell.now());
  writeAnswer(exchange, {
    status: 200,
    headers: { "content-type": metricsContentType },
    body: cell.metrics.render(),
  });
}
