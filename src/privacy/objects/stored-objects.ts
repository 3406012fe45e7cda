// Where callers' objects lie: `<root>/<tenant's handle>/<id>/`, with `about` and the object's contents in it. An object is there
// once its `about` is. Any thread of the cell may look and add; each content has one writer.
import { open, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dayMs, decodeUtf8, parseJson, encodeUtf8, type SettledMs } from "../../base/index.ts";
import { absentAs, DurableDirectories, nodeFileSystem, withDescriptor } from "../../disk/index.ts";
import type { SubjectKey } from "../../keys/index.ts";
import { ContentWriter, guarded, ObjectDamagedError, readContent } from "./object-content.ts";
import {
  formatHead,
  lengthBytes,
  maxHeadBytes,
  type ObjectHead,
  type ObjectSite,
  openFrame,
  parseHead,
  partKey,
  sealFrame,
} from "./object-format.ts";
import { SharedScans } from "./shared-scans.ts";

export interface StoredObjectsOptions extends ObjectSite {
  readonly directory: string;
}

const handlePattern = /^[0-9a-f]{32}$/;
const idPattern = /^(?:file-|batch_)[0-9a-f]{32}$/;
const aboutName = "about";
/** Beside `about`: what is told to whoever works on the object, who may be another thread. */
const notePattern = /^[a-z-]{1,32}$/;

export class StoredObjects {
  readonly #options: StoredObjectsOptions;
  readonly #directories: DurableDirectories;
  readonly #heads: SharedScans<readonly ObjectHead[]>;
  readonly #bytes: SharedScans<number>;

  constructor(options: StoredObjectsOptions) {
    this.#options = options;
    this.#directories = new DurableDirectories(nodeFileSystem, { root: options.directory, mode: 0o700 });
    this.#heads = new SharedScans((tenant) => this.#headsOf(tenant));
    this.#bytes = new SharedScans((tenant) => this.#countBytes(tenant));
  }

  /** By tenant; of one that has none, or that is none, none. In no order. Of what is being made, nothing. */
  list(tenant: string): Promise<readonly ObjectHead[]> {
    return this.#heads.find(tenant);
  }

  async find(tenant: string, id: string): Promise<ObjectHead | null> {
    if (!idPattern.test(id)) return null;
    const text = await guarded(() => beginningOf(this.#path(tenant, id, aboutName)));
    const head = text === null ? null : parseHead(text);
    return head?.id === id && head.tenant === tenant ? head : null;
  }

  /** By tenant, without a look into any; also of those that are being made. */
  ids(tenant: string): Promise<readonly string[]> {
    return guarded(() => this.#idsOf(tenant));
  }

  /** How much they take on disk, those that are being written too. */
  bytesOf(tenant: string): Promise<number> {
    return this.#bytes.find(tenant);
  }

  /** The object itself is there once its `about` is written. */
  async begin(head: ObjectHead, key: SubjectKey, name = "content"): Promise<ContentWriter> {
    await this.makeRoom(head);
    return ContentWriter.create(this.#contentPlace(head, key, this.#path(head.tenant, head.id, name)));
  }

  async makeRoom({ tenant, id }: ObjectHead): Promise<void> {
    await guarded(() => this.#directories.make(this.#path(tenant, id)));
  }

  /** Writes down, durably and in one step, what is said of it: plain data. */
  async describe(head: ObjectHead, key: SubjectKey, about: unknown): Promise<void> {
    const site = { ...this.#site, head, part: "about" as const };
    const bytes = encodeUtf8(JSON.stringify(about));
    const sealed = sealFrame(partKey(key, site), site, { bytes, isLast: true, number: 0 });
    const path = this.#path(head.tenant, head.id, aboutName);
    await guarded(async () => {
      const file = await withDescriptor(() => open(`${path}.new`, "w", 0o600));
      try {
        await file.writeFile(Buffer.concat([formatHead(head), sealed]));
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      await nodeFileSystem.syncDirectory(this.#path(head.tenant, head.id));
    });
  }

  /** As it was written; null when it is there no more. */
  async aboutOf(head: ObjectHead, key: SubjectKey): Promise<unknown> {
    const path = this.#path(head.tenant, head.id, aboutName);
    const bytes = await guarded(() => nodeFileSystem.read(path));
    if (bytes === null) return null;
    const site = { ...this.#site, head, part: "about" as const };
    const sealed = Buffer.from(bytes.subarray(formatHead(head).length + lengthBytes));
    const frame =
      sealed.length < lengthBytes ? null : openFrame(partKey(key, site), site, { sealed, number: 0 });
    if (frame === null) throw new ObjectDamagedError(head.id);
    return parseJson(decodeUtf8(frame.bytes) ?? "");
  }

  read(head: ObjectHead, key: SubjectKey): AsyncGenerator<Uint8Array, void> {
    return readContent(this.#contentPlace(head, key, this.#path(head.tenant, head.id, "content")));
  }

  /** A content that will be `of`'s, among the files of `at` until then. Resumed where it was begun already. */
  async contentIn(
    at: ObjectHead,
    of: { readonly head: ObjectHead; readonly key: SubjectKey; readonly name: string },
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<ContentWriter> {
    const place = this.#contentPlace(of.head, of.key, this.#path(at.tenant, at.id, of.name));
    const isThere = (await guarded(() => absentAs(stat(place.path), null))) !== null;
    return isThere ? ContentWriter.resume(place, onBytes) : ContentWriter.create(place);
  }

  /** The content that was made at `at` becomes that of the object here. Done twice, it is done once. */
  async adopt(head: ObjectHead, from: string): Promise<void> {
    await this.makeRoom(head);
    const to = this.#path(head.tenant, head.id, "content");
    await guarded(async () => {
      await absentAs(rename(from, to), undefined);
      await stat(to);
      await nodeFileSystem.syncDirectory(this.#path(head.tenant, head.id));
    });
  }

  pathOf({ tenant, id }: ObjectHead, name: string): string {
    return this.#path(tenant, id, name);
  }

  /** Lets whoever works on the object know; in the clear, so nothing of a caller's. Durable when it resolves. */
  async note({ tenant, id }: ObjectHead, name: string, text: string): Promise<void> {
    if (!notePattern.test(name)) throw new TypeError(`\`${name}\` is no name of a note`);
    const path = this.#path(tenant, id, name);
    await guarded(async () => {
      await withDescriptor(() => writeFile(`${path}.new`, text, { mode: 0o600, flush: true }));
      await rename(`${path}.new`, path);
      await nodeFileSystem.syncDirectory(this.#path(tenant, id));
    });
  }

  /** What it was told is not so any more. Durable when it resolves. */
  async withdraw({ tenant, id }: ObjectHead, name: string): Promise<void> {
    await guarded(async () => {
      await rm(this.#path(tenant, id, name), { force: true });
      await absentAs(nodeFileSystem.syncDirectory(this.#path(tenant, id)), undefined);
    });
  }

  async noted({ tenant, id }: ObjectHead, name: string): Promise<string | null> {
    const bytes = await guarded(() => nodeFileSystem.read(this.#path(tenant, id, name)));
    return bytes && decodeUtf8(bytes);
  }

  /** Its `about` first: what is left by a crash in between is no object, and goes with the next sweep. */
  async remove({ tenant, id }: Pick<ObjectHead, "tenant" | "id">): Promise<void> {
    await guarded(async () => {
      const directory = this.#path(tenant, id);
      await rm(join(directory, aboutName), { force: true });
      await nodeFileSystem.removeTree(directory);
      this.#directories.forget(directory);
    });
  }

  /** Deletes what has expired, but for what is under a key that is held, and what was never finished. Resolves with how many. */
  async sweep(nowMs: SettledMs, held: ReadonlySet<string>): Promise<number> {
    let count = 0;
    for (const tenant of await this.tenants()) {
      for (const id of await this.#idsOf(tenant)) {
        const head = await this.find(tenant, id);
        const isOver = head
          ? head.expiresAtMs <= nowMs && !held.has(head.subject)
          : await this.#isLeft(tenant, id, nowMs);
        if (!isOver) continue;
        await this.remove({ tenant, id });
        count++;
      }
    }
    return count;
  }

  /** Handles of those that have had something here. */
  async tenants(): Promise<readonly string[]> {
    const names = await nodeFileSystem.list(this.#options.directory);
    return names.filter((name) => handlePattern.test(name));
  }

  /** INVARIANT: it has one descriptor at a time, however much there is: the cell's others are for callers, engines and the ledger. */
  async #headsOf(tenant: string): Promise<readonly ObjectHead[]> {
    const heads: ObjectHead[] = [];
    for (const id of await this.ids(tenant)) {
      const head = await this.find(tenant, id);
      if (head !== null) heads.push(head);
    }
    return heads;
  }

  async #countBytes(tenant: string): Promise<number> {
    return guarded(async () => {
      let total = 0;
      for (const id of await this.#idsOf(tenant))
        for (const name of await nodeFileSystem.list(this.#path(tenant, id)))
          total += (await absentAs(stat(this.#path(tenant, id, name)), null))?.size ?? 0;
      return total;
    });
  }

  async #isLeft(tenant: string, id: string, nowMs: SettledMs): Promise<boolean> {
    const found = await absentAs(stat(this.#path(tenant, id)), null);
    return found !== null && found.mtimeMs < nowMs - dayMs;
  }

  async #idsOf(tenant: string): Promise<readonly string[]> {
    const names = await nodeFileSystem.list(this.#path(tenant));
    return names.filter((name) => idPattern.test(name));
  }

  #contentPlace(head: ObjectHead, key: SubjectKey, path: string): Parameters<typeof readContent>[0] {
    const site = { ...this.#site, head, part: "content" as const };
    return { path, site, key: partKey(key, site) };
  }

  get #site(): ObjectSite {
    const { deployment, cell } = this.#options;
    return { deployment, cell };
  }

  #path(...names: readonly string[]): string {
    return join(this.#options.directory, ...names);
  }
}

/** Null where there is no such file. */
async function beginningOf(path: string): Promise<string | null> {
  const file = await absentAs(
    withDescriptor(() => open(path, "r")),
    null,
  );
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxHeadBytes), 0, maxHeadBytes, 0);
    const lines = buffer.toString("latin1", 0, bytesRead).split("\n");
    return `${lines.slice(0, 2).join("\n")}\n`;
  } finally {
    await file.close();
  }
}
