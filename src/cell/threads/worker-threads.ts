// Owner: the control thread. Gateway threads of their own: what each is lent, and what becomes of that when it is gone.
import { Worker } from "node:worker_threads";
import { forgetThread } from "../../gateway/index.ts";
import type { KeyLender, Vault } from "../../keys/index.ts";
import type { Ledger, Quarantine } from "../../store/index.ts";
import type { Ask, ControlPort, ThreadLoan, Told } from "./thread-messages.ts";
import { type AskedParts, tell } from "./told.ts";
import { portToWorker } from "./worker-port.ts";

export interface WorkerThreadsParts
  extends Omit<AskedParts, "lender">, Pick<ThreadLoan, "cell" | "records" | "stored"> {
  readonly ledger: Pick<Ledger, "lend">;
  readonly vault: Pick<Vault, "lend">;
  readonly limitMemory: SharedArrayBuffer;
  readonly countries: () => Uint8Array | null;
  readonly writeLines: (text: string, lineCount: number) => void;
  /** For whoever looks at them, or ends one. */
  readonly onWorker?: (worker: Worker) => void;
}

/** Opens threads, one for a slot at a time. */
export class WorkerThreads {
  readonly #parts: WorkerThreadsParts;
  readonly #lender: KeyLender;
  readonly #returned = new Map<number, Promise<readonly Quarantine[]>>();
  /** Until the threads are told, none has a key. */
  #forget: (place: string) => Promise<void> = async () => undefined;

  constructor(parts: WorkerThreadsParts) {
    this.#parts = parts;
    this.#lender = parts.vault.lend((place) => this.#forget(place));
  }

  /** `forget` resolves when no thread has a key of the place in memory. */
  onErasure(forget: (place: string) => Promise<void>): void {
    this.#forget = forget;
  }

  /** The first of its slot, or another in the place of one that is gone. Orders may be sent at once. */
  open(slot: number): ControlPort {
    const { ledger, limitMemory, cell, records, stored, witness, countries, onWorker } = this.#parts;
    const thread = slot - 1;
    const { loan, returned } = ledger.lend(slot);
    returned.catch(() => undefined);
    this.#returned.set(slot, returned);
    const workerData: ThreadLoan = {
      cell,
      ledger: loan,
      handleKey: this.#lender.handleKey,
      records,
      stored,
      limitSeat: { memory: limitMemory, thread },
      isWitness: witness !== null,
      countries: countries(),
    };
    const worker = new Worker(new URL("./gateway-worker.ts", import.meta.url), {
      workerData,
      transferList: [loan.port],
    });
    worker.once("exit", () => forgetThread(limitMemory, thread));
    onWorker?.(worker);
    return portToWorker(worker);
  }

  /**
   * Resolves when what the slot's last thread left open has an outcome, with the quarantines that stand then. Rejects when
   * the log takes nothing more.
   */
  async returned(slot: number): Promise<readonly Quarantine[]> {
    return (await this.#returned.get(slot)) ?? [];
  }

  answer(ask: Ask): Promise<Told> {
    return tell({ ...this.#parts, lender: this.#lender }, ask);
  }

  writeLines(text: string, lineCount: number): void {
    this.#parts.writeLines(text, lineCount);
  }
}
