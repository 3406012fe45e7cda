import { createWriteStream } from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { nodeFileSystem } from "../file-system.ts";
import type { BundleMember } from "./bundle-layout.ts";

/**
 * Writes an archive that depends on its members alone: no times, no owners. Holds one member in memory. Resolves,
 * when it is on disk, with how many there were; `file` must not exist, and is incomplete if this rejects.
 */
export async function writeTar(
  file: string,
  members: AsyncIterable<BundleMember>,
  mode = 0o644,
): Promise<number> {
  const archive = pack();
  const written = pipeline(
    archive as unknown as NodeJS.ReadableStream,
    createWriteStream(file, { flags: "wx", mode, flush: true }),
  );
  // Whoever awaits `written` below hears of a failure; while members are still added, it must not end the process.
  written.catch(() => archive.destroy());
  let count = 0;
  try {
    for await (const member of members) {
      await Promise.race([add(archive, member), written]);
      count++;
    }
    archive.finalize();
  } catch (error) {
    archive.destroy(error instanceof Error ? error : null);
    await written.catch(() => undefined);
    throw error;
  }
  await written;
  await nodeFileSystem.syncDirectory(dirname(file));
  return count;
}

const header = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };

/** Resolves when the bytes were taken, so that a slow disk slows the reading down. */
function add(archive: Pack, { name, bytes }: BundleMember): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = archive.entry({ ...header, name, size: bytes.length }, (error) => {
      if (error) reject(error);
      else resolve();
    });
    sink.end(bytes);
  });
}
