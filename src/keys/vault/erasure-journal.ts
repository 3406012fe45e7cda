// Erasures under way. `erasing/<handle>` is the order: once it is durable the key is handed to nobody, and the erasure
// will be finished. It becomes `destroying/<handle>` when the ledger has its entry, and goes when the key has gone.
import { canonicalJson } from "../../base/index.ts";
import { directories, isHandle } from "./key-place.ts";
import type { ErasureOrder, SubjectPlace } from "./vault.ts";
import type { VaultFiles } from "./vault-files.ts";

export interface OrderedErasure {
  readonly handle: string;
  readonly ground: string;
  readonly place: SubjectPlace;
  readonly isRecorded: boolean;
}

export class ErasureJournal {
  readonly #files: VaultFiles;

  constructor(files: VaultFiles) {
    this.#files = files;
  }

  /** From the moment when this resolves the erasure will be finished, by us or by the next start. */
  async order({ handle, ground }: ErasureOrder, place: SubjectPlace): Promise<OrderedErasure> {
    await this.#files.create([directories.ordered, handle], formatOrder(ground, place));
    return { handle, ground, place, isRecorded: false };
  }

  async find(handle: string): Promise<OrderedErasure | null> {
    if (!isHandle(handle)) return null;
    return (await this.#read(handle, true)) ?? (await this.#read(handle, false));
  }

  async pending(): Promise<readonly OrderedErasure[]> {
    const handles = new Set([
      ...(await this.#files.list(directories.ordered)),
      ...(await this.#files.list(directories.recorded)),
    ]);
    const found = await Promise.all(Array.from(handles, (handle) => this.find(handle)));
    return found.filter((order) => order !== null);
  }

  /** If we crash before this is durable, the ledger's entry is written a second time. */
  async markRecorded(order: OrderedErasure): Promise<OrderedErasure> {
    await this.#files.move([directories.ordered, order.handle], [directories.recorded, order.handle]);
    return { ...order, isRecorded: true };
  }

  /** The last step of an erasure, after the key is destroyed: without its order nobody would come back to finish it. */
  async close({ handle }: OrderedErasure): Promise<void> {
    // A loss of power between the two syncs of the move may have left both names.
    if ((await this.#read(handle, false)) !== null) await this.#files.remove(directories.ordered, handle);
    await this.#files.remove(directories.recorded, handle);
  }

  async #read(handle: string, isRecorded: boolean): Promise<OrderedErasure | null> {
    const path = [isRecorded ? directories.recorded : directories.ordered, handle];
    const text = await this.#files.read(...path);
    if (text === null) return null;
    const order = parseOrder(text);
    if (!order) throw new Error(`\`${this.#files.path(...path)}\` is damaged: expected an order to erase`);
    return { handle, ...order, isRecorded };
  }
}

function formatOrder(ground: string, { month, name }: SubjectPlace): string {
  return `${canonicalJson({ ground, month, name })}\n`;
}

function parseOrder(text: string): Pick<OrderedErasure, "ground" | "place"> | null {
  try {
    const { ground, month, name } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof ground !== "string" || typeof month !== "string" || typeof name !== "string") return null;
    return formatOrder(ground, { month, name }) === text ? { ground, place: { month, name } } : null;
  } catch {
    return null;
  }
}
