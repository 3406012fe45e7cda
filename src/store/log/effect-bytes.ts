// An effect as 17 bytes: its kind, then the request's id, zeros where there is none.
import type { RequestId } from "../../base/index.ts";
import type { Effect } from "./pairing.ts";

const kinds = [
  "none",
  "opens",
  "closes",
  "within",
  "ends",
  "endpoint",
] as const satisfies readonly Effect["kind"][];

export const effectBytes = 17;

/** Writes onto bytes that are zero. Node's hex is several times as fast as ours, and this runs for every entry. */
export function writeEffect(target: Buffer, offset: number, effect: Effect): void {
  target.writeUInt8(kinds.indexOf(effect.kind), offset);
  if ("rid" in effect) target.write(effect.rid, offset + 1, "hex");
}

/** Null for a kind that does not exist. */
export function readEffect(source: Buffer, offset: number): Effect | null {
  const kind = kinds[source.readUInt8(offset)];
  if (kind === undefined) return null;
  if (kind === "none" || kind === "ends" || kind === "endpoint") return { kind };
  return { kind, rid: source.toString("hex", offset + 1, offset + effectBytes) as RequestId };
}
