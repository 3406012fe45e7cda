import type { SevSnpProduct, TcbVersion } from "../../law/index.ts";

/** TCB_VERSION, 8 bytes (AMD 56860): where each part stands depends on the product. */
export function tcbVersionIn(bytes: Uint8Array, product: SevSnpProduct): TcbVersion {
  const at = (index: number): number => bytes[index] ?? 0;
  return product === "turin"
    ? { fmc: at(0), bootLoader: at(1), tee: at(2), snp: at(3), microcode: at(7) }
    : { fmc: 0, bootLoader: at(0), tee: at(1), snp: at(6), microcode: at(7) };
}

export const tcbParts: readonly (keyof TcbVersion)[] = ["fmc", "bootLoader", "tee", "snp", "microcode"];

export function isSameTcb(left: TcbVersion, right: TcbVersion): boolean {
  return tcbParts.every((part) => left[part] === right[part]);
}

/** In each part: they are numbered apart. */
export function isAtLeast(version: TcbVersion, least: TcbVersion): boolean {
  return tcbParts.every((part) => version[part] >= least[part]);
}

export function tcbText(version: TcbVersion): string {
  return tcbParts.map((part) => version[part]).join(".");
}
