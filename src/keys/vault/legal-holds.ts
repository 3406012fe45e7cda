import { canonicalJson, isObject, type Json, type SettledMs } from "../../base/index.ts";
import { directories } from "./key-place.ts";
import type { Hold } from "./vault.ts";
import type { VaultFiles } from "./vault-files.ts";

type Reason = Pick<Hold, "reason" | "untilMs">;

/** `holds/<handle>`: the reasons for which a key must not be destroyed. Several may hold one key, each for itself. */
export class LegalHolds {
  readonly #files: VaultFiles;

  constructor(files: VaultFiles) {
    this.#files = files;
  }

  /** Called in the handle's turn, as an erasure's look at the holds is: so a hold is either seen, or comes too late. */
  async place({ handle, reason, untilMs }: Hold): Promise<void> {
    const others = (await this.#read(handle)).filter((hold) => hold.reason !== reason);
    await this.#write(handle, [...others, { reason, untilMs }]);
  }

  async release(handle: string, reason: string): Promise<boolean> {
    const reasons = await this.#read(handle);
    const left = reasons.filter((hold) => hold.reason !== reason);
    if (left.length === reasons.length) return false;
    await this.#write(handle, left);
    return true;
  }

  async inForce(handle: string, nowMs: SettledMs): Promise<readonly Hold[]> {
    const reasons = await this.#read(handle);
    return reasons
      .filter(({ untilMs }) => untilMs === null || nowMs < untilMs)
      .map(({ reason, untilMs }) => ({ handle, reason, untilMs }));
  }

  async all(nowMs: SettledMs): Promise<readonly Hold[]> {
    const handles = await this.#files.list(directories.holds);
    return (await Promise.all(handles.map((handle) => this.inForce(handle, nowMs)))).flat();
  }

  /** Forgets the holds on a key that is gone. */
  async drop(handle: string): Promise<void> {
    if ((await this.#files.read(directories.holds, handle)) !== null) {
      await this.#files.remove(directories.holds, handle);
    }
  }

  async #write(handle: string, reasons: readonly Reason[]): Promise<void> {
    if (reasons.length === 0) return this.drop(handle);
    const members: Json = reasons.map(({ reason, untilMs }) => ({ reason, untilMs }));
    await this.#files.replace([directories.holds, handle], `${canonicalJson(members)}\n`);
  }

  /** Throws on a damaged file rather than take it for no hold. */
  async #read(handle: string): Promise<readonly Reason[]> {
    const text = await this.#files.read(directories.holds, handle);
    if (text === null) return [];
    const reasons = parseReasons(text);
    if (reasons) return reasons;
    throw new Error(
      `\`${this.#files.path(directories.holds, handle)}\` is damaged: expected legal holds; restore it from a backup`,
    );
  }
}

function parseReasons(text: string): readonly Reason[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isReason) && `${canonicalJson(value)}\n` === text
      ? value
      : null;
  } catch {
    return null;
  }
}

function isReason(value: unknown): value is Reason & { readonly [member: string]: Json } {
  if (!isObject(value)) return false;
  const { reason, untilMs } = value;
  return typeof reason === "string" && (untilMs === null || typeof untilMs === "number");
}
