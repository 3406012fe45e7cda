// A tar archive as somebody else made it, read where it lies: one pass finds the members, and each is read when asked for.
// Whoever opens it owns its state.
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import type { LogReader } from "../../ledger/index.ts";

export interface TarFile {
  /** Paths of the files in it, in the order of the archive. */
  readonly names: readonly string[];
  /** Null where there is no such file. */
  read(name: string): Uint8Array | null;
  /** The files below a directory, by their paths in there. */
  below(directory: string): LogReader;
  close(): void;
}

/** The archive is damaged, or holds what no bundle of ours does. */
export class UnusableArchiveError extends Error {
  constructor(file: string, reason: string) {
    super(`archive \`${file}\`: ${reason}`);
    this.name = "UnusableArchiveError";
  }
}

interface Member {
  readonly offset: number;
  readonly size: number;
}

/** POSIX.1-1988 ustar: a member's bytes follow its header of one block. */
const headerBytes = 512;
const maxMembers = 2_000_000;
/** No file of a log comes near; a member that claims more is not worth the memory. */
const maxMemberBytes = 64 * 1024 * 1024;
/** Relative, and every part a plain name: an archive must not speak of files outside itself. */
const plainPath = /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@-]+)*$/;

export async function openTar(file: string): Promise<TarFile> {
  const members = await findMembers(file);
  const descriptor = openSync(file, "r");
  const read = (name: string): Uint8Array | null => {
    const member = members.get(name);
    return member === undefined ? null : readMember(descriptor, member);
  };
  return {
    names: [...members.keys()],
    read,
    below: (directory) => readerBelow(directory === "" ? "" : `${directory}/`, members, read),
    close: () => closeSync(descriptor),
  };
}

async function findMembers(file: string): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  const archive = extract();
  archive.on("entry", (header, content, next) => {
    const fault = addMember(members, header, content.offset + headerBytes);
    // Whatever breaks the archive breaks the member that was being read, and the pipeline says it once already.
    content.on("error", () => undefined);
    content.resume();
    next(fault === null ? null : new UnusableArchiveError(file, fault));
  });
  const source = createReadStream(file);
  try {
    await pipeline(source, archive as unknown as NodeJS.WritableStream);
  } catch (error) {
    if (error instanceof UnusableArchiveError || (error as NodeJS.ErrnoException).syscall) throw error;
    throw new UnusableArchiveError(file, "it is no tar archive, or was cut short");
  }
  return members;
}

/** What is wrong with the member, or null. Of a repeated name, two readers could take different files. */
function addMember(
  members: Map<string, Member>,
  { name, type, size }: Header,
  offset: number,
): string | null {
  if (type === "directory")
    return plainPath.test(name.replace(/\/$/, "")) ? null : "a directory's name leads outside";
  if (type !== "file") return "it holds something else than files, such as a link";
  if (!plainPath.test(name)) return "a member's name leads outside, or is no plain path";
  if (members.has(name)) return `\`${name}\` is in it twice`;
  if (members.size >= maxMembers) return `it has more than ${maxMembers} members`;
  if (size > maxMemberBytes) return `\`${name}\` is too large`;
  members.set(name, { offset, size });
  return null;
}

function readMember(descriptor: number, { offset, size }: Member): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const count = readSync(descriptor, bytes, done, size - done, offset + done);
    // It was whole when it was indexed.
    if (count === 0) throw new Error("the archive has become shorter while it was read");
    done += count;
  }
  return bytes;
}

function readerBelow(
  prefix: string,
  members: ReadonlyMap<string, Member>,
  read: (name: string) => Uint8Array | null,
): LogReader {
  let directories: ReadonlyMap<string, ReadonlySet<string>> | null = null;
  return {
    read: async (path) => read(prefix + path),
    list: async (directory) => {
      directories ??= listAll(prefix, members.keys());
      return [...(directories.get(directory) ?? [])];
    },
  };
}

/** Every directory below the prefix, with the names in it. */
function listAll(prefix: string, names: Iterable<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const directories = new Map<string, Set<string>>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const parts = name.slice(prefix.length).split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const directory = parts.slice(0, depth).join("/");
      const known = directories.get(directory) ?? new Set();
      known.add(parts[depth] ?? "");
      directories.set(directory, known);
    }
  }
  return directories;
}
