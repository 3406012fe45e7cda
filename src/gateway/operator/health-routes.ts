import { metricsContentType } from "../../telemetry/index.ts";
import type { ServedRequest } from "../exchange/served-request.ts";
import { writeAnswer } from "../reply/write-answer.ts";
import type { OperatorRequest } from "./operator-request.ts";

const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const json = { "content-type": "application/json", "cache-control": "no-store" };

/** The process runs. Whoever restarts it on anything more makes an outage of a full disk. */
export async function livez(exchange: ServedRequest): Promise<void> {
  exchange.progress.route = "health";
  await writeAnswer(exchange, { status: 200, headers: text, body: "ok\n" });
}

/** Without a checkpoint for so long, nobody can check what the log says of these minutes. */
const notReadyAfterMs = 120_000;

interface Check {
  readonly name: string;
  readonly isOk: boolean;
}

/** This cell takes requests. As a probe reads it, which may be anybody: it says no more. */
export async function readyz(request: ServedRequest): Promise<void> {
  request.progress.route = "health";
  const isReady = checksOf(request).every(({ isOk }) => isOk);
  const body = isReady ? "ok\n" : "not ready\n";
  return writeAnswer(request, { status: isReady ? 200 : 503, headers: text, body });
}

/**
 * For operators: with `?verbose` it says which cell it is, what was looked at and how much it may use. A policy file that
 * was refused leaves it ready, under the last good one, and is told by `policyRefusal`; so does a key service that is
 * down, for keys in memory go on, and that is told by `areKeysAvailable`. A wall clock that is not believed holds what
 * cannot be undone and no request: `clock` tells.
 */
export async function readyzForOperators(request: OperatorRequest): Promise<void> {
  const { cell, head, policy, progress } = request;
  if (!/[?&]verbose(?:[=&]|$)/.test(head.target)) return readyz(request);
  progress.route = "health";
  const checks = checksOf(request);
  const isReady = checks.every(({ isOk }) => isOk);
  const packs = policy.packs.map(({ id, version, sha256 }) => ({ id, version, sha256 }));
  const { capacity, life } = cell;
  const { settledMs: _settledMs, ...clock } = cell.ledger.state().clock;
  const about = { cell: cell.cell, policy: policy.law.hash, ...life.standing, packs, capacity, clock };
  const body = JSON.stringify({ ...about, isReady, checks });
  return writeAnswer(request, { status: isReady ? 200 : 503, headers: json, body });
}

function checksOf({ cell, policy }: ServedRequest): readonly Check[] {
  const { isWritable, sealSilenceMs } = cell.ledger.state();
  return [
    { name: "policy", isOk: policy.law.hash !== "" },
    { name: "ledger", isOk: isWritable },
    { name: "sealing", isOk: sealSilenceMs < notReadyAfterMs },
    { name: "legal-events", isOk: cell.life.standing.areLegalEventsHeard },
    { name: "threads", isOk: !cell.life.hasLostThread },
    { name: "accepting", isOk: !cell.life.isDraining },
  ];
}

export async function metrics(request: OperatorRequest): Promise<void> {
  request.progress.route = "health";
  const body = await request.cell.scrape();
  await writeAnswer(request, { status: 200, headers: { "content-type": metricsContentType }, body });
}
