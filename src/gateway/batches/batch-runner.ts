// Owner: the first gateway thread, alone. It finds batches on disk, whichever thread they were submitted in, and after a start those that an
// earlier process left.
import { later, type MonotonicMs } from "../../base/index.ts";
import type { ObjectHead } from "../../privacy/index.ts";
import type { CellServices } from "../exchange/cell-services.ts";
import { OpenBatches } from "./open-batches.ts";
import { BatchRun, type BatchRunParts } from "./run-batch.ts";

export interface BatchRunner {
  /** Nothing is run of whoever is erased, and what ran is gone. */
  forget(subject: string): void;
  /** Begins nothing more. Resolves once what was under way is written down. */
  stop(): Promise<void>;
}

const lookIntervalMs = 1_000;
/** A batch that was run and is open still rests for so long: for a disk or a key service to come back. */
const restMs = 5_000;

export function startBatchRunner(cell: CellServices, serve: BatchRunParts["serve"]): BatchRunner {
  const runner = new Runner(cell, serve);
  const timer = setInterval(() => runner.look(), lookIntervalMs).unref();
  cell.batchNews.listen(() => runner.look());
  runner.look();
  return {
    forget: (subject) => runner.forget(subject),
    async stop() {
      clearInterval(timer);
      await runner.stop();
    },
  };
}

/** One batch of a tenant after another: so the policy's `at-once` holds for all of them. */
class Runner {
  readonly #cell: CellServices;
  readonly #serve: BatchRunParts["serve"];
  readonly #open: OpenBatches;
  /** By tenant. */
  readonly #running = new Map<string, { readonly run: BatchRun; readonly over: Promise<void> }>();
  /** By id, until when: those that were run lately, so that none is run over and over. Others go before it. */
  readonly #resting = new Map<string, MonotonicMs>();
  #isLooking = false;
  #isStopped = false;

  constructor(cell: CellServices, serve: BatchRunParts["serve"]) {
    this.#cell = cell;
    this.#serve = serve;
    this.#open = new OpenBatches(cell.batches);
  }

  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#look()
      .catch((thrown: unknown) => this.#complain(thrown))
      .finally(() => void (this.#isLooking = false));
  }

  forget(subject: string): void {
    for (const { run, over } of this.#running.values()) {
      if (run.head.subject !== subject) continue;
      run.abandon();
      void over
        .then(() => this.#cell.batches.remove(run.head))
        .catch((thrown: unknown) => this.#complain(thrown));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const running = Array.from(this.#running.values());
    for (const { run } of running) run.leave();
    await Promise.all(running.map(({ over }) => over));
  }

  async #look(): Promise<void> {
    this.#endRests();
    for (const tenant of await this.#cell.batches.tenants()) {
      if (this.#isStopped || this.#running.has(tenant)) continue;
      // What cannot be read of one tenant's holds up no other.
      await this.#lookAt(tenant).catch((thrown: unknown) => this.#complain(thrown));
    }
  }

  async #lookAt(tenant: string): Promise<void> {
    const open = await this.#open.of(tenant);
    const next = open.find(({ id }) => !this.#resting.has(id));
    if (next !== undefined && !this.#isStopped) this.#begin(tenant, next);
  }

  #begin(tenant: string, head: ObjectHead): void {
    const run = new BatchRun({ cell: this.#cell, head, serve: this.#serve });
    const over = run
      .run()
      .catch((thrown: unknown) => this.#complain(thrown))
      .then(() => {
        this.#running.delete(tenant);
        this.#resting.set(head.id, later(this.#cell.monotonicNow(), restMs));
        this.look();
      });
    this.#running.set(tenant, { run, over });
  }

  #endRests(): void {
    const nowMs = this.#cell.monotonicNow();
    for (const [id, untilMs] of this.#resting) if (nowMs >= untilMs) this.#resting.delete(id);
  }

  #complain(thrown: unknown): void {
    this.#cell.alarm("files_unavailable");
    this.#cell.log({ event: "internal_error", cell: this.#cell.cell, request: null, thrown });
  }
}
