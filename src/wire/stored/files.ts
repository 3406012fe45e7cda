// `/v1/files`: what a caller leaves in the cell, as OpenAI's clients know it.
import type { CellOperation } from "../operation.ts";
import { models } from "../openai/models.ts";

export const listFiles: CellOperation = {
  ...models,
  name: "files",
  path: "/v1/files",
  aliases: ["/openai/v1/files"],
};
export const showFile: CellOperation = {
  ...models,
  name: "file",
  path: "/v1/files/{file_id}",
  aliases: ["/openai/v1/files/{file_id}"],
};
export const fileContent: CellOperation = {
  ...models,
  name: "file_content",
  path: "/v1/files/{file_id}/content",
  aliases: ["/openai/v1/files/{file_id}/content"],
};
export const deleteFile: CellOperation = {
  ...models,
  name: "file_delete",
  method: "DELETE",
  path: "/v1/files/{file_id}",
  aliases: ["/openai/v1/files/{file_id}"],
};
export const uploadFile: CellOperation = {
  ...models,
  name: "file_upload",
  method: "POST",
  path: "/v1/files",
  aliases: ["/openai/v1/files"],
};

/** What a file may be uploaded for; `batch_output` is what the cell makes. */
export const uploadPurposes = ["batch", "user_data"] as const;
export type FilePurpose = (typeof uploadPurposes)[number] | "batch_output";

export interface FileView {
  readonly id: string;
  readonly bytes: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly filename: string;
  readonly purpose: FilePurpose;
}

export function formatFile(file: FileView): string {
  return JSON.stringify(described(file));
}

export function formatFileList(files: readonly FileView[], hasMore: boolean): string {
  return formatPage(files.map(described), hasMore);
}

export function formatFileDeleted(id: string): string {
  return JSON.stringify({ id, object: "file", deleted: true });
}

export type Described = Readonly<Record<string, unknown>>;

/** A page of a list whose order is the caller's wish. */
export function formatPage(data: readonly Described[], hasMore: boolean): string {
  return JSON.stringify({
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: hasMore,
  });
}

export function inSeconds(atMs: number): number {
  return Math.trunc(atMs / 1_000);
}

function described({ id, bytes, createdAtMs, expiresAtMs, filename, purpose }: FileView): Described {
  return {
    id,
    object: "file",
    bytes,
    created_at: inSeconds(createdAtMs),
    expires_at: inSeconds(expiresAtMs),
    filename,
    purpose,
    status: "processed",
    status_details: null,
  };
}
