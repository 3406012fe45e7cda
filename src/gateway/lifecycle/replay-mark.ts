import { readFile, rename, writeFile } from "node:fs/promises";

/** Up to here, the vault is as the log says. */
export interface ReplayMark {
  readonly origin: string;
  readonly size: number;
}

/** Null for a file that is missing or damaged: then the whole log is looked at. */
export async function readMark(file: string): Promise<ReplayMark | null> {
  try {
    const { origin, size } = JSON.parse(await readFile(file, "utf8")) as Partial<ReplayMark>;
    return typeof origin === "string" && Number.isSafeInteger(size) ? { origin, size: size ?? 0 } : null;
  } catch {
    return null;
  }
}

/** Not synced: after a crash an older mark is as good, it only makes more of the log be looked at. */
export async function writeMark(file: string, mark: ReplayMark): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
  await rename(temporary, file);
}
