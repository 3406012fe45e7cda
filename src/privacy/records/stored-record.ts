// Reading a record back.
import { type FileHandle, open } from "node:fs/promises";
import { concatBytes, decodeUtf8 } from "../../base/index.ts";
import { absentAs, withDescriptor } from "../../disk/index.ts";
import {
  headerBytes,
  lengthBytes,
  openFrame,
  parseHeader,
  type RecordIdentity,
  sealedLength,
} from "./record-format.ts";

export interface Content {
  readonly request: Uint8Array;
  /** As it was released to the caller, up to where it broke off. */
  readonly answer: Uint8Array;
  /** False: the process ended, or the disk failed, before the record was closed. */
  readonly isComplete: boolean;
}

/** What the file says of itself; null when there is no such file, or it was cut off within its first lines. */
export async function readIdentity(path: string): Promise<Pick<RecordIdentity, "subject" | "tenant"> | null> {
  return reading(path, async (file) => {
    const header = await take(file, 0, headerBytes);
    return header && parseHeader(decodeUtf8(header) ?? "");
  });
}

export async function readContent(path: string, identity: RecordIdentity, key: Uint8Array): Promise<Content> {
  const content = await reading(path, (file) => readFrames(file, identity, key));
  if (content === null) throw new Error(`record \`${identity.rid}\` vanished while it was being read`);
  return content;
}

async function readFrames(file: FileHandle, identity: RecordIdentity, key: Uint8Array): Promise<Content> {
  const parts = { request: [] as Uint8Array[], answer: [] as Uint8Array[] };
  let at = headerBytes;
  for (let number = 0; ; number++) {
    const announced = await take(file, at, lengthBytes);
    if (announced === null) return contentOf(parts, false);
    const length = sealedLength(announced);
    if (length === null) throw damaged(identity, at);
    const sealed = await take(file, at + lengthBytes, length);
    if (sealed === null) return contentOf(parts, false);
    const frame = openFrame(key, identity, { sealed, number });
    if (frame === null) throw damaged(identity, at);
    if (frame.kind === "end") return contentOf(parts, true);
    parts[frame.kind].push(frame.bytes);
    at += lengthBytes + length;
  }
}

function contentOf(
  { request, answer }: { readonly request: Uint8Array[]; readonly answer: Uint8Array[] },
  isComplete: boolean,
): Content {
  return { request: concatBytes(request), answer: concatBytes(answer), isComplete };
}

/** Null when the file holds fewer bytes: a crash leaves the beginning of a frame, or nothing of it. */
async function take(file: FileHandle, at: number, length: number): Promise<Buffer | null> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return bytesRead === length ? buffer : null;
}

async function reading<Value>(
  path: string,
  read: (file: FileHandle) => Promise<Value>,
): Promise<Value | null> {
  const file = await absentAs(
    withDescriptor(() => open(path, "r")),
    null,
  );
  if (file === null) return null;
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

function damaged({ rid }: RecordIdentity, at: number): Error {
  return new Error(`record \`${rid}\` is damaged at byte ${at}, or belongs elsewhere`);
}
