// What the cell says of limits while nobody asks anything: then nothing is reserved, and each budget stands where the ledger does.
import { setTimeout as pause } from "node:timers/promises";
import { openLogDirectory } from "../../src/store/index.ts";
import type { BudgetStanding } from "./journal.ts";
import { sealIntervalMs } from "./lawful-sets.ts";
import type { Stage } from "./stage.ts";

/** Whoever left counts as gone, and whoever hung on was answered. */
const quietWithinMs = 20_000;

interface Standing {
  readonly tenant: string;
  readonly limit: string;
  readonly level: string;
  readonly name: string | null;
  readonly most: number;
  readonly used: number;
  readonly period: Period | null;
}

interface Period {
  readonly sinceMs: number;
  readonly reserved: number;
}

/** INVARIANT: no caller is under way. */
export async function audit(stage: Stage, when: string): Promise<void> {
  const { journal } = stage;
  const standings = await quietStandings(stage);
  const held = standings.filter(isHeld);
  for (const { tenant, level, name, limit, used, period } of held) {
    const what = limit === "budget" ? `${period?.reserved} EUR of the budget` : `${used} places`;
    journal.faults.push(
      `${when}: ${what} of ${level} \`${name ?? tenant}\` of \`${tenant}\` are held by nobody`,
    );
  }
  // What was durable is sealed, so that the checkpoint counts it.
  await pause(3 * sealIntervalMs);
  journal.audits.push({
    when,
    budgets: await Promise.all(
      standings.flatMap(({ period, ...standing }) =>
        period === null ? [] : [budgetOf(stage, standing, period)],
      ),
    ),
    logSizes: await logSizes(stage.ledger),
    lossesMs: journal.lossesInThisLife(),
  });
}

async function quietStandings(stage: Stage): Promise<readonly Standing[]> {
  const fromMs = performance.now();
  for (;;) {
    const { body } = await stage.askAdmin("GET", "/admin/limits");
    const { limits } = body as { readonly limits: readonly Standing[] };
    if (!limits.some(isHeld) || performance.now() - fromMs > quietWithinMs) return limits;
    await pause(200);
  }
}

function isHeld({ limit, used, period }: Standing): boolean {
  return limit === "concurrent-requests" ? used > 0 : (period?.reserved ?? 0) > 0;
}

async function budgetOf(
  stage: Stage,
  { tenant, most, used }: Pick<Standing, "tenant" | "most" | "used">,
  { sinceMs }: Period,
): Promise<BudgetStanding> {
  const { body } = await stage.askAdmin("GET", `/admin/tenant-handle?tenant=${tenant}`);
  return { tenant, handle: String(body["handle"]), most, used, sinceMs };
}

async function logSizes(ledger: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const log of await openLogDirectory(ledger)) {
    const checkpoint = await log.readCheckpoint();
    if (checkpoint !== null) sizes.set(checkpoint.origin, checkpoint.size);
  }
  return sizes;
}
