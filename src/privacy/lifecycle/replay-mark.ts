// How far the vault is known to be as the log says. A mark is believed only for the very file of the handle key that it
// was made beside: inode and time of change, which no copy keeps. So a vault from a backup has none, whatever was
// copied, and whenever.
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface ReplayMark {
  readonly origin: string;
  readonly size: number;
}

/** Null for a file that is missing, damaged, or another vault's: then the whole log is looked at. */
export async function readMark(file: string): Promise<ReplayMark | null> {
  try {
    const { origin, size, vault } = JSON.parse(await readFile(file, "utf8")) as Readonly<
      Record<string, unknown>
    >;
    const isOurs = vault === (await vaultBeside(file));
    if (!isOurs || typeof origin !== "string" || typeof size !== "number") return null;
    return Number.isSafeInteger(size) ? { origin, size } : null;
  } catch {
    return null;
  }
}

/** The mark is not synced: an older one after a crash is as good, and only makes us look at more of the log. */
export async function writeMark(file: string, { origin, size }: ReplayMark): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  const text = JSON.stringify({ origin, size, vault: await vaultBeside(file) });
  await writeFile(temporary, `${text}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

async function vaultBeside(markFile: string): Promise<string> {
  const { ino, ctimeNs } = await stat(join(dirname(markFile), "handle-key"), { bigint: true });
  return `${ino}:${ctimeNs}`;
}
