import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { nodeFileSystem } from "../../disk/index.ts";
import type { BundleMember } from "./bundle-layout.ts";

/**
 * Writes an archive that depends on its members alone: no times, no owners. Holds one member in memory. Resolves,
 * when it is on disk, with how many there were. `file` must not exist, and does not if this rejects: half an archive
 * would look like a whole one with members missing.
 */
export async function writeTar(
  file: string,
  members: AsyncIterable<BundleMember>,
  mode = 0o644,
): Promise<number> {
  // Before anything is read for it: what cannot be made here is told as it is, and nothing is there to be removed.
  const handle = await open(file, "wx", mode);
  try {
    const count = await packInto(handle.createWriteStream({ flush: true }), members);
    await nodeFileSystem.syncDirectory(dirname(file));
    return count;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function packInto(
  target: NodeJS.WritableStream,
  members: AsyncIterable<BundleMember>,
): Promise<number> {
  const archive = pack();
  const written = pipeline(archive as unknown as NodeJS.ReadableStream, target);
  // A disk that fails ends the archive; that no more can be added to it is then no news.
  const failure = written.then(
    () => null,
    (error: unknown) => {
      archive.destroy();
      return error;
    },
  );
  let count = 0;
  try {
    for await (const member of members) {
      await Promise.race([add(archive, member), written]);
      count++;
    }
    archive.finalize();
    await written;
    return count;
  } catch (error) {
    archive.destroy(error instanceof Error ? error : null);
    throw (await failure) ?? error;
  }
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
